package io.headwater.protocol.redis.geo;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.text.FloatText;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Coordinates, lengths and units as arguments and in replies. */
final class GeoArguments {
  private static final CommandError BAD_UNIT =
      new CommandError("ERR unsupported unit provided. please use M, KM, FT, MI");

  private GeoArguments() {}

  static double number(Call call, int i, CommandError otherwise) {
    double value = FloatText.parse(call.array(), call.start(i), call.length(i));
    if (Double.isNaN(value)) {
      throw otherwise;
    }
    return value;
  }

  /** A length that is not negative. */
  static double length(Call call, int i, String what) {
    double value = number(call, i, new CommandError("ERR need numeric " + what));
    if (value < 0 && what.equals("radius")) {
      throw new CommandError("ERR radius cannot be negative");
    }
    return value;
  }

  /** How many metres a unit has. */
  static double unit(Call call, int i) {
    if (call.is(i, "m")) {
      return 1;
    }
    if (call.is(i, "km")) {
      return 1000;
    }
    if (call.is(i, "ft")) {
      return 0.3048;
    }
    if (call.is(i, "mi")) {
      return 1609.34;
    }
    throw BAD_UNIT;
  }

  /** A longitude; the latitude is the next argument. Both are checked. */
  static double longitude(Call call, int i) {
    double longitude = number(call, i, CommandError.NOT_FLOAT);
    double latitude = number(call, i + 1, CommandError.NOT_FLOAT);
    if (Math.abs(longitude) > Geohash.LONGITUDE_MAX || Math.abs(latitude) > Geohash.LATITUDE_MAX) {
      throw new CommandError(
          "ERR invalid longitude,latitude pair " + fixed(longitude, 6) + "," + fixed(latitude, 6));
    }
    return longitude;
  }

  /** The number with so many digits behind the point, as C's {@code %.nf}. */
  static String fixed(double value, int digits) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    String text = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return Math.copySign(1, value) < 0 && !text.startsWith("-") ? "-" + text : text;
  }

  static void replyPoint(Call call, double longitude, double latitude) {
    call.reply().array(2);
    replyCoordinate(call, longitude);
    replyCoordinate(call, latitude);
  }

  /** As C's {@code %.17Lf} without the zeros at its end. */
  private static void replyCoordinate(Call call, double value) {
    BigDecimal rounded = new BigDecimal(value).setScale(17, RoundingMode.HALF_EVEN);
    String text = rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    if (call.reply().protocol() == 2) {
      call.reply().bulk(text);
    } else {
      call.reply().out().putByte(',').putAscii(text).putByte('\r').putByte('\n');
    }
  }
}
