package io.headwater.protocol.redis.geo;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.MOVABLEKEYS;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.SortedSets;
import io.headwater.view.keyspace.types.ZSetValue;
import org.jspecify.annotations.Nullable;

/** Commands on places. */
public final class GeoCommands {
  private GeoCommands() {}

  public static void addTo(CommandTable table) {
    table.add(
        geo("geoadd", -5, WRITE | DENYOOM, "3.2.0", "Adds members with longitude and latitude")
            .keys(1, 1, 1)
            .does(GeoCommands::geoadd));
    table.add(
        geo("geodist", -4, READONLY, "3.2.0", "Returns the distance of two members")
            .keys(1, 1, 1)
            .does(GeoCommands::geodist));
    table.add(
        geo("geohash", -2, READONLY, "3.2.0", "Returns members' geohashes as text")
            .keys(1, 1, 1)
            .does(GeoCommands::geohash));
    table.add(
        geo("geopos", -2, READONLY, "3.2.0", "Returns members' longitudes and latitudes")
            .keys(1, 1, 1)
            .does(GeoCommands::geopos));
    addSearches(table);
  }

  private static void addSearches(CommandTable table) {
    table.add(
        geo("geosearch", -7, READONLY, "6.2.0", "Finds members in a circle or box")
            .keys(1, 1, 1)
            .does(call -> GeoSearch.run(call, GeoSearch.Form.SEARCH)));
    table.add(
        geo("geosearchstore", -8, WRITE | DENYOOM, "6.2.0", "Stores members in a circle or box")
            .keys(1, 2, 1)
            .writes(1, 1, 1)
            .does(call -> GeoSearch.run(call, GeoSearch.Form.SEARCH_STORE)));
    table.add(
        geo(
                "georadius",
                -6,
                WRITE | DENYOOM | MOVABLEKEYS,
                "3.2.0",
                "Finds members around a point, and may store them")
            .keys(1, 1, 1)
            .keys(GeoSearch::keys)
            .writes(GeoSearch::target)
            .does(call -> GeoSearch.run(call, GeoSearch.Form.RADIUS)));
    table.add(
        geo("georadius_ro", -6, READONLY, "3.2.10", "Finds members around a point")
            .keys(1, 1, 1)
            .does(call -> GeoSearch.run(call, GeoSearch.Form.RADIUS_RO)));
    table.add(
        geo(
                "georadiusbymember",
                -5,
                WRITE | DENYOOM | MOVABLEKEYS,
                "3.2.0",
                "Finds members around a member, and may store them")
            .keys(1, 1, 1)
            .keys(GeoSearch::keys)
            .writes(GeoSearch::target)
            .does(call -> GeoSearch.run(call, GeoSearch.Form.RADIUS_BY_MEMBER)));
    table.add(
        geo("georadiusbymember_ro", -5, READONLY, "3.2.10", "Finds members around a member")
            .keys(1, 1, 1)
            .does(call -> GeoSearch.run(call, GeoSearch.Form.RADIUS_BY_MEMBER_RO)));
  }

  private static Command.Declaration geo(
      String name, int arity, int flags, String since, String summary) {
    return command(name, arity, flags, Group.GEO, since, summary);
  }

  private static void geoadd(Call call) {
    boolean onlyNew = false;
    boolean onlyThere = false;
    boolean countChanged = false;
    int first = 2;
    for (; first < call.count(); first++) {
      if (call.is(first, "nx")) {
        onlyNew = true;
      } else if (call.is(first, "xx")) {
        onlyThere = true;
      } else if (call.is(first, "ch")) {
        countChanged = true;
      } else {
        break;
      }
    }
    int places = (call.count() - first) / 3;
    if ((call.count() - first) % 3 != 0 || places == 0 || onlyNew && onlyThere) {
      throw CommandError.SYNTAX;
    }
    double[] scores = new double[places];
    for (int i = 0; i < places; i++) {
      double longitude = GeoArguments.longitude(call, first + 3 * i);
      double latitude = GeoArguments.number(call, first + 3 * i + 1, CommandError.NOT_FLOAT);
      scores[i] = Geohash.encode(longitude, latitude, Geohash.STEP_MAX);
    }
    Key key = call.key(1);
    SortedSets sortedSets = call.keyspace().sortedSets();
    ZSetValue members = sortedSets.edit(key, call.findForWrite(key, Entry.ZSET));
    int added = 0;
    int changed = 0;
    for (int i = 0; i < places; i++) {
      int member = first + 3 * i + 2;
      double old = members.score(call.array(), call.start(member), call.length(member));
      boolean isNew = Double.isNaN(old);
      if (isNew ? !onlyThere : !onlyNew && old != scores[i]) {
        sortedSets.put(call.array(), call.start(member), call.length(member), scores[i]);
        added += isNew ? 1 : 0;
        changed++;
      }
    }
    sortedSets.done();
    if (changed > 0) {
      call.notify(Notifications.ZSET, "zadd", key);
    }
    call.reply().integer(countChanged ? changed : added);
  }

  static @Nullable ZSetValue find(Call call, int key) {
    long entry = call.find(call.key(key), Entry.ZSET);
    return entry == 0 ? null : call.keyspace().sortedSets().read(entry);
  }

  /** A member's score, or NaN. */
  static double score(Call call, @Nullable ZSetValue members, int i) {
    return members == null
        ? Double.NaN
        : members.score(call.array(), call.start(i), call.length(i));
  }

  private static void geodist(Call call) {
    double unit = call.count() == 5 ? GeoArguments.unit(call, 4) : 1;
    if (call.count() > 5) {
      throw CommandError.SYNTAX;
    }
    ZSetValue members = find(call, 1);
    double one = score(call, members, 2);
    double other = score(call, members, 3);
    if (Double.isNaN(one) || Double.isNaN(other)) {
      call.reply().nil();
      return;
    }
    Geohash.Cell from = Geohash.ofScore(one);
    Geohash.Cell to = Geohash.ofScore(other);
    double meters =
        Earth.distance(from.longitude(), from.latitude(), to.longitude(), to.latitude());
    call.reply().bulk(GeoArguments.fixed(meters / unit, 4));
  }

  private static void geohash(Call call) {
    ZSetValue members = find(call, 1);
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      double score = score(call, members, i);
      if (Double.isNaN(score)) {
        call.reply().nil();
      } else {
        call.reply().bulk(Geohash.text(score));
      }
    }
  }

  private static void geopos(Call call) {
    ZSetValue members = find(call, 1);
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      double score = score(call, members, i);
      if (Double.isNaN(score)) {
        call.reply().nilArray();
      } else {
        Geohash.Cell cell = Geohash.ofScore(score);
        GeoArguments.replyPoint(call, cell.longitude(), cell.latitude());
      }
    }
  }
}
