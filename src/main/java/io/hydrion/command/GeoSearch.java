package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Draft;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.store.ScoreWalk;
import io.hydrion.store.SortedSetValue;
import io.hydrion.util.DoubleText;
import io.hydrion.util.FixedText;
import io.hydrion.util.GeoHash;
import io.hydrion.util.GeoShape;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** A search for the places in a circle or a box: its options, and what is done with the places. */
final class GeoSearch {
  /** Which command's arguments these are. */
  enum Form {
    /** GEORADIUS: a circle around a point, and STORE or STOREDIST. */
    POINT,
    /** GEORADIUS_RO. */
    POINT_ONLY_READ,
    /** GEORADIUSBYMEMBER: a circle around a member, and STORE or STOREDIST. */
    MEMBER,
    /** GEORADIUSBYMEMBER_RO. */
    MEMBER_ONLY_READ,
    /** GEOSEARCH. */
    SEARCH,
    /** GEOSEARCHSTORE. */
    SEARCH_STORE
  }

  private enum Sorting {
    NONE,
    NEAREST_FIRST,
    FARTHEST_FIRST
  }

  private static final String NOT_DECODED = "ERR could not decode requested zset member";

  private final Request q;
  private final RespWriter out;
  private final Form form;
  private final GeoShape shape = new GeoShape();
  private @Nullable SortedSetValue places;

  private double unit = 1;
  private boolean hasCenter;
  private boolean fromMember;
  private boolean byCircle;
  private boolean byBox;
  private boolean withDistance;
  private boolean withHash;
  private boolean withPlace;
  private boolean any;
  private long count;
  private Sorting sorting = Sorting.NONE;
  private int storeAt;
  private boolean storesDistances;

  private GeoSearch(Request q, RespWriter out, Form form) {
    this.q = q;
    this.out = out;
    this.form = form;
  }

  /** Runs a command of a form. */
  static void run(Request q, RespWriter out, Form form) {
    GeoSearch search = new GeoSearch(q, out, form);
    Entry e = q.key(form == Form.SEARCH_STORE ? 2 : 1);
    if (q.db().read(e)) {
      search.places = q.db().sortedSet(e);
      if (search.places == null) {
        out.error(Errors.WRONG_TYPE);
        return;
      }
    }
    int options = search.parseHead();
    if (options > 0 && search.parseOptions(options) && search.isComplete()) {
      search.answer();
    }
  }

  // ---- arguments; what returns false, or 0, has replied an error

  private boolean isSearch() {
    return form == Form.SEARCH || form == Form.SEARCH_STORE;
  }

  private boolean refuse(String error) {
    out.error(error);
    return false;
  }

  /** Parses what stands at fixed places; returns where the options begin. */
  private int parseHead() {
    return switch (form) {
      case POINT, POINT_ONLY_READ -> center(2) && circle(4) ? 6 : 0;
      case MEMBER, MEMBER_ONLY_READ -> places == null || (member(2) && circle(3)) ? 5 : 0;
      case SEARCH -> 2;
      case SEARCH_STORE -> {
        storeAt = 1;
        yield 3;
      }
    };
  }

  private boolean parseOptions(int from) {
    for (int i = from; i < q.argc(); i++) {
      int taken = parseFlag(i) ? 0 : parseOption(i, q.argc() - i - 1);
      if (taken < 0) {
        return false;
      }
      i += taken;
    }
    return true;
  }

  private boolean parseFlag(int i) {
    if (q.is(i, "withdist")) {
      withDistance = true;
    } else if (q.is(i, "withhash")) {
      withHash = true;
    } else if (q.is(i, "withcoord")) {
      withPlace = true;
    } else if (q.is(i, "any")) {
      any = true;
    } else if (q.is(i, "asc")) {
      sorting = Sorting.NEAREST_FIRST;
    } else if (q.is(i, "desc")) {
      sorting = Sorting.FARTHEST_FIRST;
    } else if (form == Form.SEARCH_STORE && q.is(i, "storedist")) {
      storesDistances = true;
    } else {
      return false;
    }
    return true;
  }

  /** Parses an option that has arguments; returns how many, or -1. */
  private int parseOption(int i, int rest) {
    if (q.is(i, "count") && rest >= 1) {
      return parseCount(i + 1) ? 1 : -1;
    }
    boolean distances = q.is(i, "storedist");
    if ((distances || q.is(i, "store")) && rest >= 1 && maySayWhereToStore()) {
      storeAt = i + 1;
      storesDistances = distances;
      return 1;
    }
    if (isSearch()) {
      if (q.is(i, "frommember") && rest >= 1 && (!hasCenter || fromMember)) {
        hasCenter = true;
        fromMember = true;
        return places == null || member(i + 1) ? 1 : -1;
      }
      if (q.is(i, "fromlonlat") && rest >= 2 && !fromMember) {
        hasCenter = true;
        return center(i + 1) ? 2 : -1;
      }
      if (q.is(i, "byradius") && rest >= 2 && !byBox) {
        byCircle = true;
        return circle(i + 1) ? 2 : -1;
      }
      if (q.is(i, "bybox") && rest >= 3 && !byCircle) {
        byBox = true;
        return box(i + 1) ? 3 : -1;
      }
    }
    out.error(Errors.SYNTAX);
    return -1;
  }

  private boolean maySayWhereToStore() {
    return form == Form.POINT || form == Form.MEMBER;
  }

  private boolean parseCount(int i) {
    if (!q.isLong(i)) {
      return refuse(Errors.NOT_INTEGER);
    }
    count = q.longAt(i);
    return count > 0 || refuse("ERR COUNT must be > 0");
  }

  private boolean center(int i) {
    double longitude = number(q, i);
    double latitude = Double.isNaN(longitude) ? longitude : number(q, i + 1);
    if (!isPlace(out, longitude, latitude)) {
      return false;
    }
    shape.center(longitude, latitude);
    return true;
  }

  private boolean member(int i) {
    if (places == null || !places.find(q.bytes(), q.offset(i), q.length(i))) {
      return refuse(NOT_DECODED);
    }
    long place = GeoHash.ofScore(places.score());
    shape.center(GeoHash.longitude(place), GeoHash.latitude(place));
    return true;
  }

  private boolean circle(int i) {
    double radius = number(q, i);
    if (Double.isNaN(radius)) {
      return refuse("ERR need numeric radius");
    }
    if (radius < 0) {
      return refuse("ERR radius cannot be negative");
    }
    unit = unit(q, out, i + 1);
    shape.circle(radius, unit);
    return unit > 0;
  }

  private boolean box(int i) {
    double width = number(q, i);
    if (Double.isNaN(width)) {
      return refuse("ERR need numeric width");
    }
    double height = number(q, i + 1);
    if (Double.isNaN(height)) {
      return refuse("ERR need numeric height");
    }
    if (height < 0 || width < 0) {
      return refuse("ERR height or width cannot be negative");
    }
    unit = unit(q, out, i + 2);
    shape.box(width, height, unit);
    return unit > 0;
  }

  /** The number at an argument, or NaN. */
  static double number(Request q, int i) {
    return DoubleText.parse(q.bytes(), q.offset(i), q.length(i));
  }

  /** Whether two numbers are coordinates; if not, the error is replied. */
  static boolean isPlace(RespWriter out, double longitude, double latitude) {
    if (Double.isNaN(longitude) || Double.isNaN(latitude)) {
      out.error(Errors.NOT_FLOAT);
      return false;
    }
    if (!GeoHash.isPlace(longitude, latitude)) {
      out.error("ERR invalid longitude,latitude pair " + six(longitude) + "," + six(latitude));
      return false;
    }
    return true;
  }

  /** A number with six digits behind the point. */
  private static String six(double x) {
    if (Double.isInfinite(x)) {
      return x < 0 ? "-inf" : "inf";
    }
    String digits = new BigDecimal(Math.abs(x)).setScale(6, RoundingMode.HALF_EVEN).toPlainString();
    return Math.copySign(1, x) < 0 ? "-" + digits : digits;
  }

  /** How many meters the unit at an argument has; -1 when there is none, and then it is replied. */
  static double unit(Request q, RespWriter out, int i) {
    if (q.is(i, "m")) {
      return 1;
    }
    if (q.is(i, "km")) {
      return 1000;
    }
    if (q.is(i, "ft")) {
      return 0.3048;
    }
    if (q.is(i, "mi")) {
      return 1609.34;
    }
    out.error("ERR unsupported unit provided. please use M, KM, FT, MI");
    return -1;
  }

  private boolean isComplete() {
    if (storeAt > 0 && (withDistance || withHash || withPlace)) {
      String what = form == Form.SEARCH_STORE ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
      return refuse(
          "ERR " + what + " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    }
    if (isSearch() && !hasCenter) {
      return refuse(
          "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + q.text(0));
    }
    if (isSearch() && !(byCircle || byBox)) {
      return refuse("ERR exactly one of BYRADIUS and BYBOX can be specified for " + q.text(0));
    }
    if (any && count == 0) {
      return refuse("ERR the ANY argument requires COUNT argument");
    }
    return true;
  }

  // ---- searching

  private void answer() {
    if (places == null) {
      if (storeAt > 0) {
        storeNothing();
      } else {
        out.array(0);
      }
      return;
    }
    if (count > 0 && sorting == Sorting.NONE && !any) {
      sorting = Sorting.NEAREST_FIRST;
    }
    boolean limits = count > 0 && !any;
    GeoHits hits = new GeoHits(limits ? count : Long.MAX_VALUE, sorting == Sorting.FARTHEST_FIRST);
    collect(places, hits, any ? count : Long.MAX_VALUE);
    if (storeAt > 0) {
      store(hits);
      return;
    }
    if (sorting == Sorting.NONE) {
      hits.inTurn();
    } else {
      hits.sort();
    }
    reply(hits);
  }

  /** Finds the places in the shape, until there are enough. */
  private void collect(SortedSetValue set, GeoHits hits, long enough) {
    shape.cover();
    ScoreWalk walk =
        new ScoreWalk() {
          @Override
          public boolean wants(double low, double high) {
            return shape.mayContain(GeoHash.ofScore(low), GeoHash.ofScore(high));
          }

          @Override
          public boolean visit(byte[] a, int at, int n, double score) {
            if (shape.contains(GeoHash.ofScore(score))) {
              hits.add(a, at, n, score, shape.distance());
            }
            return hits.count() < enough;
          }
        };
    for (int cell = 0; cell < shape.cells() && hits.count() < enough; cell++) {
      set.walk(shape.first(cell), shape.end(cell), walk);
    }
  }

  private void reply(GeoHits hits) {
    int with = (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPlace ? 1 : 0);
    byte[] text = new byte[FixedText.LENGTH_MAX];
    out.array(hits.count());
    for (int i = 0; i < hits.count(); i++) {
      if (with > 0) {
        out.array(1 + with);
      }
      out.bulk(hits.members(), hits.offset(i), hits.length(i));
      if (withDistance) {
        replyDistance(out, text, hits.distance(i) / unit);
      }
      if (withHash) {
        out.integer((long) hits.score(i));
      }
      if (withPlace) {
        replyPlace(out, text, GeoHash.ofScore(hits.score(i)));
      }
    }
  }

  static void replyDistance(RespWriter out, byte[] text, double distance) {
    out.bulk(text, 0, FixedText.putFour(text, 0, distance));
  }

  static void replyPlace(RespWriter out, byte[] text, long place) {
    out.array(2);
    out.real(text, 0, FixedText.putTrimmed(text, 0, GeoHash.longitude(place)));
    out.real(text, 0, FixedText.putTrimmed(text, 0, GeoHash.latitude(place)));
  }

  // ---- storing

  private void store(GeoHits hits) {
    if (hits.count() == 0) {
      storeNothing();
      return;
    }
    Draft draft = q.db().draft();
    SortedSetValue set = draft.sortedSet();
    set.build(
        hits.count(), hits.longest(), hits.memberBytes(), hits.source(storesDistances ? unit : 0));
    Entry target = q.key(storeAt);
    q.db().write(target);
    String event = isSearch() ? "geosearchstore" : "georadiusstore";
    q.db().storeDraft(target, draft, Partition.NEVER, event, hits.count());
    out.integer(hits.count());
  }

  private void storeNothing() {
    Entry target = q.key(storeAt);
    if (q.db().peek(target)) {
      q.db().delete(target, "del");
    }
    out.integer(0);
  }
}
