package io.headwater.protocol.redis.geo;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.ZSetValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One search: GEOSEARCH, GEORADIUS and their kin. Errors come in the order of the arguments, and
 * options are read even if the key is missing, as in Redis.
 */
final class GeoSearch {
  /** Members that are looked at before the count is asked again. */
  private static final int LOOKS = 128;

  private static final CommandError NO_MEMBER =
      new CommandError("ERR could not decode requested zset member");

  /** The command. */
  enum Form {
    SEARCH(2),
    SEARCH_STORE(3),
    RADIUS(6),
    RADIUS_RO(6),
    RADIUS_BY_MEMBER(5),
    RADIUS_BY_MEMBER_RO(5);

    /** Where the options begin. */
    final int options;

    Form(int options) {
      this.options = options;
    }

    boolean isSearch() {
      return this == SEARCH || this == SEARCH_STORE;
    }

    boolean mayStore() {
      return this == RADIUS || this == RADIUS_BY_MEMBER;
    }
  }

  private enum Order {
    NONE,
    ASC,
    DESC
  }

  private record Found(
      Bytes member, double score, double longitude, double latitude, double meters) {}

  private final Call call;
  private final Form form;
  private final @Nullable ZSetValue members;
  private double longitude;
  private double latitude;
  private double radius;
  private double width;
  private double height;
  private double unit = 1;
  private boolean byBox;
  private boolean byRadius;
  private boolean fromMember;
  private boolean fromPoint;
  private boolean withDistance;
  private boolean withHash;
  private boolean withPoint;
  private boolean any;
  private boolean storeDistances;
  private Order order = Order.NONE;
  private long count;

  /** The argument that names the key where results go; 0 replies them. */
  private int target;

  private GeoSearch(Call call, Form form) {
    this.call = call;
    this.form = form;
    this.members = GeoCommands.find(call, form == Form.SEARCH_STORE ? 2 : 1);
    this.target = form == Form.SEARCH_STORE ? 1 : 0;
  }

  static void run(Call call, Form form) {
    GeoSearch search = new GeoSearch(call, form);
    search.readPlace();
    for (int i = form.options; i < call.count(); ) {
      i = search.readOption(i);
    }
    search.check();
    search.run();
  }

  /** For GEORADIUS: the key and where it stores. */
  static int[] keys(Call call) {
    int[] target = target(call);
    return target.length == 0 ? new int[] {1} : new int[] {1, target[0]};
  }

  static int[] target(Call call) {
    int[] found = new int[0];
    for (int i = 5; i + 1 < call.count(); i++) {
      if (call.is(i, "store") || call.is(i, "storedist")) {
        found = new int[] {++i};
      }
    }
    return found;
  }

  private void readPlace() {
    switch (form) {
      case SEARCH, SEARCH_STORE -> {}
      case RADIUS, RADIUS_RO -> {
        readPoint(2);
        readRadius(4);
      }
      case RADIUS_BY_MEMBER, RADIUS_BY_MEMBER_RO -> {
        if (members != null) {
          readMember(2);
          readRadius(3);
        }
      }
    }
  }

  private void readPoint(int i) {
    longitude = GeoArguments.longitude(call, i);
    latitude = GeoArguments.number(call, i + 1, CommandError.NOT_FLOAT);
  }

  private void readMember(int i) {
    double score = GeoCommands.score(call, members, i);
    if (Double.isNaN(score)) {
      throw NO_MEMBER;
    }
    Geohash.Cell cell = Geohash.ofScore(score);
    longitude = cell.longitude();
    latitude = cell.latitude();
  }

  private void readRadius(int i) {
    radius = GeoArguments.length(call, i, "radius");
    unit = GeoArguments.unit(call, i + 1);
  }

  private void readBox(int i) {
    width = GeoArguments.length(call, i, "width");
    height = GeoArguments.length(call, i + 1, "height");
    if (width < 0 || height < 0) {
      throw new CommandError("ERR height or width cannot be negative");
    }
    unit = GeoArguments.unit(call, i + 2);
  }

  /** Reads one option; returns where the next begins. */
  private int readOption(int i) {
    int left = call.count() - 1 - i;
    if (call.is(i, "withdist")) {
      withDistance = true;
    } else if (call.is(i, "withhash")) {
      withHash = true;
    } else if (call.is(i, "withcoord")) {
      withPoint = true;
    } else if (call.is(i, "any")) {
      any = true;
    } else if (call.is(i, "asc")) {
      order = Order.ASC;
    } else if (call.is(i, "desc")) {
      order = Order.DESC;
    } else if (left >= 1 && call.is(i, "count")) {
      count = call.integer(i + 1);
      if (count <= 0) {
        throw new CommandError("ERR COUNT must be > 0");
      }
      return i + 2;
    } else if (form.isSearch()) {
      return readSearchOption(i, left);
    } else if (left >= 1 && form.mayStore() && (call.is(i, "store") || call.is(i, "storedist"))) {
      storeDistances = call.is(i, "storedist");
      target = i + 1;
      return i + 2;
    } else {
      throw CommandError.SYNTAX;
    }
    return i + 1;
  }

  private int readSearchOption(int i, int left) {
    if (left >= 1 && !fromPoint && call.is(i, "frommember")) {
      fromMember = true;
      if (members != null) {
        readMember(i + 1);
      }
      return i + 2;
    }
    if (left >= 2 && !fromMember && call.is(i, "fromlonlat")) {
      readPoint(i + 1);
      fromPoint = true;
      return i + 3;
    }
    if (left >= 2 && !byBox && call.is(i, "byradius")) {
      readRadius(i + 1);
      byRadius = true;
      return i + 3;
    }
    if (left >= 3 && !byRadius && call.is(i, "bybox")) {
      readBox(i + 1);
      byBox = true;
      return i + 4;
    }
    if (form == Form.SEARCH_STORE && call.is(i, "storedist")) {
      storeDistances = true;
      return i + 1;
    }
    throw CommandError.SYNTAX;
  }

  private void check() {
    if (target != 0 && (withDistance || withHash || withPoint)) {
      throw new CommandError(
          "ERR "
              + (form == Form.SEARCH_STORE ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS")
              + " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    }
    if (form.isSearch() && !fromMember && !fromPoint) {
      throw new CommandError(
          "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + call.text(0));
    }
    if (form.isSearch() && !byRadius && !byBox) {
      throw new CommandError(
          "ERR exactly one of BYRADIUS and BYBOX can be specified for " + call.text(0));
    }
    if (any && count == 0) {
      throw new CommandError("ERR the ANY argument requires COUNT argument");
    }
  }

  private void run() {
    List<Found> found = members == null ? new ArrayList<>() : find(members);
    int wanted = (int) (count == 0 ? found.size() : Math.min(count, found.size()));
    Order wantedOrder = count != 0 && order == Order.NONE && !any ? Order.ASC : order;
    Comparator<Found> byDistance = Comparator.comparingDouble(Found::meters);
    switch (wantedOrder) {
      case NONE -> {}
      case ASC -> found.sort(byDistance);
      case DESC -> found.sort(byDistance.reversed());
    }
    if (target == 0) {
      reply(found.subList(0, wanted));
    } else {
      store(found.subList(0, wanted));
    }
  }

  private List<Found> find(ZSetValue zset) {
    List<Found> found = new ArrayList<>();
    Shape shape = new Shape(longitude, latitude, byBox, radius, width, height, unit);
    Shape.Cells cells = shape.cells();
    int shift = 2 * (Geohash.STEP_MAX - cells.step());
    int last = 0;
    for (int i = 0; i < 9; i++) {
      long bits = cells.bits()[i];
      if (!cells.needed()[i]) {
        continue;
      }
      if (last != 0 && bits == cells.bits()[last]) {
        continue; // cells so large that neighbours meet again behind the earth
      }
      if (isEnough(found)) {
        break;
      }
      int from = zset.countBelow((double) (bits << shift), false);
      int to = zset.countBelow((double) (bits + 1 << shift), false);
      while (from < to && !isEnough(found)) {
        int looks = Math.min(LOOKS, to - from);
        zset.forRange(
            from,
            looks,
            (array, at, length, score) -> take(shape, found, array, at, length, score));
        from += looks;
      }
      last = i;
    }
    return found;
  }

  private boolean isEnough(List<Found> found) {
    return any && !found.isEmpty() && found.size() >= count;
  }

  private void take(
      Shape shape, List<Found> found, byte[] array, int from, int length, double score) {
    if (isEnough(found)) {
      return;
    }
    Geohash.Cell cell = Geohash.ofScore(score);
    double meters = shape.distance(cell.longitude(), cell.latitude());
    if (!Double.isNaN(meters)) {
      Bytes member = Bytes.copyOf(array, from, length);
      found.add(new Found(member, score, cell.longitude(), cell.latitude(), meters));
    }
  }

  private void reply(List<Found> found) {
    Reply reply = call.reply();
    int parts = (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPoint ? 1 : 0);
    reply.array(found.size());
    for (Found place : found) {
      if (parts > 0) {
        reply.array(1 + parts);
      }
      reply.bulk(place.member);
      if (withDistance) {
        reply.bulk(GeoArguments.fixed(place.meters / unit, 4));
      }
      if (withHash) {
        reply.integer(Geohash.integer(place.score));
      }
      if (withPoint) {
        GeoArguments.replyPoint(call, place.longitude, place.latitude);
      }
    }
  }

  private void store(List<Found> found) {
    Key key = call.key(target);
    boolean wasThere = call.keyspace().findForWrite(key) != 0;
    ZSetValue result = call.keyspace().sortedSets().empty();
    for (Found place : found) {
      double score = storeDistances ? place.meters / unit : place.score;
      result.put(place.member.array(), 0, place.member.length(), score);
    }
    call.requireRoom(result);
    call.keyspace().sortedSets().replace(key, result);
    if (!found.isEmpty()) {
      String event = form.isSearch() ? "geosearchstore" : "georadiusstore";
      call.notify(Notifications.ZSET, event, key);
    } else if (wasThere) {
      call.notify(Notifications.GENERIC, "del", key);
    }
    call.reply().integer(found.size());
  }
}
