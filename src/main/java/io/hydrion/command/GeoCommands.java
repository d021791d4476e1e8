package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Effects;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.SortedSetValue;
import io.hydrion.util.FixedText;
import io.hydrion.util.GeoHash;
import io.hydrion.util.GeoShape;
import java.util.List;

/** Places on the globe: members of sorted sets whose scores are {@link GeoHash} numbers. */
final class GeoCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "GEOADD",
                  -5,
                  "geo",
                  "3.2.0",
                  WRITE | DENYOOM,
                  "key [NX | XX]^6.2.0 [change=CH]^6.2.0 longitude latitude member [longitude"
                      + " latitude member ...]")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("geo")
              .complexity("O(M*log(N)), M = places given, N = members of the sorted set")
              .summary("Adds places to a sorted set, or moves them.")
              .history("6.2.0", "options CH, NX and XX")
              .event("zadd")
              .run(GeoCommands::geoadd),
          row("GEODIST", -4, "geo", "3.2.0", READONLY, "key member1 member2 [M | KM | FT | MI]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("geo")
              .complexity("O(1)")
              .summary("Shows how far two places are apart.")
              .run(GeoCommands::geodist),
          row("GEOHASH", -2, "geo", "3.2.0", READONLY, "key member [member ...]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("geo")
              .complexity("O(N), N = places asked for")
              .summary("Shows the geohash texts of places.")
              .run(GeoCommands::geohash),
          row("GEOPOS", -2, "geo", "3.2.0", READONLY, "key member [member ...]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("geo")
              .complexity("O(N), N = places asked for")
              .summary("Shows the longitudes and latitudes of places.")
              .run(GeoCommands::geopos),
          row(
                  "GEORADIUS",
                  -6,
                  "geo",
                  "3.2.0",
                  WRITE | DENYOOM,
                  "key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST]"
                      + " [WITHHASH] count=[<COUNT count> [ANY]^6.2.0] [ASC | DESC] [STORE key]"
                      + " [STOREDIST key]")
              .keys(1, 1, 1, "RO ACCESS")
              .keys(KeySpec.keyword("STORE", 6, 0, 1, 0, "OW UPDATE"))
              .keys(KeySpec.keyword("STOREDIST", 6, 0, 1, 0, "OW UPDATE"))
              .acl("geo")
              .complexity("O(N+log(M)), N = places near the circle, M = places in it")
              .summary("Finds the places in a circle around a point, and can store them.")
              .history("6.2.0", "COUNT knows ANY")
              .history("7.0.0", "units in upper case")
              .deprecated("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with `BYRADIUS`")
              .run(GeoCommands::georadius),
          row(
                  "GEORADIUS_RO",
                  -6,
                  "geo",
                  "3.2.10",
                  READONLY,
                  "key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST]"
                      + " [WITHHASH] count=[<COUNT count> [ANY]^6.2.0] [ASC | DESC]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("geo")
              .complexity("O(N+log(M)), N = places near the circle, M = places in it")
              .summary("Finds the places in a circle around a point.")
              .history("6.2.0", "COUNT knows ANY")
              .deprecated("6.2.0", "`GEOSEARCH` with `BYRADIUS`")
              .run(GeoCommands::georadiusRo),
          row(
                  "GEORADIUSBYMEMBER",
                  -5,
                  "geo",
                  "3.2.0",
                  WRITE | DENYOOM,
                  "key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
                      + " count=[<COUNT count> [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]")
              .keys(1, 1, 1, "RO ACCESS")
              .keys(KeySpec.keyword("STORE", 5, 0, 1, 0, "OW UPDATE"))
              .keys(KeySpec.keyword("STOREDIST", 5, 0, 1, 0, "OW UPDATE"))
              .acl("geo")
              .complexity("O(N+log(M)), N = places near the circle, M = places in it")
              .summary("Finds the places in a circle around another place, and can store them.")
              .history("7.0.0", "units in upper case")
              .deprecated(
                  "6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with `FROMMEMBER` and `BYRADIUS`")
              .run(GeoCommands::georadiusbymember),
          row(
                  "GEORADIUSBYMEMBER_RO",
                  -5,
                  "geo",
                  "3.2.10",
                  READONLY,
                  "key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
                      + " count=[<COUNT count> [ANY]] [ASC | DESC]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("geo")
              .complexity("O(N+log(M)), N = places near the circle, M = places in it")
              .summary("Finds the places in a circle around another place.")
              .deprecated("6.2.0", "`GEOSEARCH` with `FROMMEMBER` and `BYRADIUS`")
              .run(GeoCommands::georadiusbymemberRo),
          row(
                  "GEOSEARCH",
                  -7,
                  "geo",
                  "6.2.0",
                  READONLY,
                  "key from=<FROMMEMBER member | FROMLONLAT longitude latitude>"
                      + " by=<circle=<<BYRADIUS radius> <M | KM | FT | MI>> | box=<<BYBOX width>"
                      + " height <M | KM | FT | MI>>> [ASC | DESC] count=[<COUNT count> [ANY]]"
                      + " [WITHCOORD] [WITHDIST] [WITHHASH]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("geo")
              .complexity("O(N+log(M)), N = places near the shape, M = places in it")
              .summary("Finds the places in a circle or a box.")
              .history("7.0.0", "units in upper case")
              .run(GeoCommands::geosearch),
          row(
                  "GEOSEARCHSTORE",
                  -8,
                  "geo",
                  "6.2.0",
                  WRITE | DENYOOM,
                  "destination source from=<FROMMEMBER member | FROMLONLAT longitude latitude>"
                      + " by=<circle=<<BYRADIUS radius> <M | KM | FT | MI>> | box=<<BYBOX width>"
                      + " height <M | KM | FT | MI>>> [ASC | DESC] count=[<COUNT count> [ANY]]"
                      + " [STOREDIST]")
              .keys(1, 1, 1, "OW UPDATE")
              .keys(2, 2, 1, "RO ACCESS")
              .acl("geo")
              .complexity("O(N+log(M)), N = places near the shape, M = places in it")
              .summary("Finds the places in a circle or a box and stores them.")
              .history("7.0.0", "units in upper case")
              .run(GeoCommands::geosearchstore));

  private GeoCommands() {}

  private static void geoadd(Request q, RespWriter out) {
    boolean onlyNew = false;
    boolean onlyThere = false;
    boolean countsChanged = false;
    int first = 2;
    for (; first < q.argc(); first++) {
      if (q.is(first, "nx")) {
        onlyNew = true;
      } else if (q.is(first, "xx")) {
        onlyThere = true;
      } else if (q.is(first, "ch")) {
        countsChanged = true;
      } else {
        break;
      }
    }
    int n = q.argc() - first;
    if (n == 0 || n % 3 != 0 || (onlyNew && onlyThere)) {
      out.error(Errors.SYNTAX);
      return;
    }
    double[] scores = new double[n / 3];
    for (int i = 0; i < scores.length; i++) {
      double longitude = GeoSearch.number(q, first + 3 * i);
      double latitude = Double.isNaN(longitude) ? 0 : GeoSearch.number(q, first + 3 * i + 1);
      if (!GeoSearch.isPlace(out, longitude, latitude)) {
        return;
      }
      scores[i] = GeoHash.encode(longitude, latitude);
    }
    Entry e = q.key(1);
    boolean isThere = q.db().write(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    int added = 0;
    int moved = 0;
    for (int i = 0; i < scores.length; i++) {
      int argument = first + 3 * i + 2;
      int off = q.offset(argument);
      int len = q.length(argument);
      if (!set.find(q.bytes(), off, len)) {
        if (!onlyThere) {
          set.insert(q.bytes(), off, len, scores[i]);
          added++;
        }
      } else if (!onlyNew && set.score() != scores[i]) {
        set.change(q.bytes(), off, len, scores[i]);
        moved++;
      }
    }
    if (added + moved > 0) {
      q.db().changedElements(e, set, q.command().event(), added + moved);
      if (q.keepsEffects()) {
        nameAdded(q, first, scores);
      }
      if (!isThere) {
        q.db().ready(e);
      }
    }
    out.integer(countsChanged ? added + moved : added);
  }

  /** Places are scores to others. */
  private static void nameAdded(Request q, int first, double[] scores) {
    Effects effect = q.effect(first + 2 * scores.length).word("zadd").arguments(q, 1, first);
    for (int i = 0; i < scores.length; i++) {
      effect.number((long) scores[i]).argument(q, first + 3 * i + 2);
    }
  }

  private static void geodist(Request q, RespWriter out) {
    double unit = 1;
    if (q.argc() == 5) {
      unit = GeoSearch.unit(q, out, 4);
      if (unit < 0) {
        return;
      }
    } else if (q.argc() > 5) {
      out.error(Errors.SYNTAX);
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.nil();
      return;
    }
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (!find(q, set, 2)) {
      out.nil();
      return;
    }
    long place = GeoHash.ofScore(set.score());
    if (!find(q, set, 3)) {
      out.nil();
      return;
    }
    double distance = GeoShape.distance(place, GeoHash.ofScore(set.score()));
    GeoSearch.replyDistance(out, new byte[FixedText.LENGTH_MAX], distance / unit);
  }

  private static boolean find(Request q, SortedSetValue set, int i) {
    return set.find(q.bytes(), q.offset(i), q.length(i));
  }

  private static void geohash(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.array(q.argc() - 2);
    for (int i = 2; i < q.argc(); i++) {
      if (find(q, set, i)) {
        out.bulk(GeoHash.text(GeoHash.ofScore(set.score())));
      } else {
        out.nil();
      }
    }
  }

  private static void geopos(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    byte[] text = new byte[FixedText.LENGTH_MAX];
    out.array(q.argc() - 2);
    for (int i = 2; i < q.argc(); i++) {
      if (find(q, set, i)) {
        GeoSearch.replyPlace(out, text, GeoHash.ofScore(set.score()));
      } else {
        out.nilArray();
      }
    }
  }

  private static void georadius(Request q, RespWriter out) {
    GeoSearch.run(q, out, GeoSearch.Form.POINT);
  }

  private static void georadiusRo(Request q, RespWriter out) {
    GeoSearch.run(q, out, GeoSearch.Form.POINT_ONLY_READ);
  }

  private static void georadiusbymember(Request q, RespWriter out) {
    GeoSearch.run(q, out, GeoSearch.Form.MEMBER);
  }

  private static void georadiusbymemberRo(Request q, RespWriter out) {
    GeoSearch.run(q, out, GeoSearch.Form.MEMBER_ONLY_READ);
  }

  private static void geosearch(Request q, RespWriter out) {
    GeoSearch.run(q, out, GeoSearch.Form.SEARCH);
  }

  private static void geosearchstore(Request q, RespWriter out) {
    GeoSearch.run(q, out, GeoSearch.Form.SEARCH_STORE);
  }
}
