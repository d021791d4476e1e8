package io.hydrion.store;

/** Is shown the elements of a value one by one; it must not change the value. */
@FunctionalInterface
public interface ElementVisitor {
  /** The element is the {@code n} bytes from {@code at} on; they hold until the visit ends. */
  void visit(byte[] a, int at, int n);
}
