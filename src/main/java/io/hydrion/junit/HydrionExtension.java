package io.hydrion.junit;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.Store;
import io.hydrion.config.Config;
import java.util.Arrays;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Starts one server for a test class, empties it before each test and closes it after the last. */
public final class HydrionExtension implements BeforeEachCallback, ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(HydrionExtension.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    server(context).client().call("FLUSHALL");
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Hydrion.class || type == HydrionClient.class || type == Store.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    Hydrion server = server(context);
    if (type == HydrionClient.class) {
      return server.client();
    }
    return type == Store.class ? server.store() : server;
  }

  private static Hydrion server(ExtensionContext context) {
    Class<?> testClass = context.getRequiredTestClass();
    ExtensionContext root = context.getRoot();
    ExtensionContext owner = context;
    while (owner.getParent().isPresent()
        && owner.getParent().get() != root
        && owner.getParent().get().getTestClass().isPresent()) {
      owner = owner.getParent().get();
    }
    return owner
        .getStore(NAMESPACE)
        .computeIfAbsent(Hydrion.class, key -> start(testClass), Hydrion.class);
  }

  private static Hydrion start(Class<?> testClass) {
    Config.Builder config = Config.builder().port(0).bind("127.0.0.1");
    HydrionTest annotation = testClass.getAnnotation(HydrionTest.class);
    if (annotation != null) {
      for (String line : annotation.value()) {
        String[] words = line.trim().split("\\s+");
        config.set(words[0], Arrays.copyOfRange(words, 1, words.length));
      }
    }
    return Hydrion.start(config.build());
  }
}
