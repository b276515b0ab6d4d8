package io.headwater.protocol.redis.geo;

import io.headwater.host.CMath;

/** Distances on a sphere, in metres, by the haversine formula. */
final class Earth {
  static final double RADIUS_METERS = 6372797.560856;
  private static final double DEGREE = Math.PI / 180.0;

  private Earth() {}

  static double radians(double degrees) {
    return degrees * DEGREE;
  }

  static double degrees(double radians) {
    return radians / DEGREE;
  }

  static double alongMeridian(double latitude, double otherLatitude) {
    return RADIUS_METERS * Math.abs(radians(otherLatitude) - radians(latitude));
  }

  static double distance(
      double longitude, double latitude, double otherLongitude, double otherLatitude) {
    double v = CMath.sin((radians(otherLongitude) - radians(longitude)) / 2);
    if (v == 0) {
      return alongMeridian(latitude, otherLatitude);
    }
    double a = radians(latitude);
    double b = radians(otherLatitude);
    double u = CMath.sin((b - a) / 2);
    double h = u * u + CMath.cos(a) * CMath.cos(b) * v * v;
    return 2.0 * RADIUS_METERS * CMath.asin(Math.sqrt(h));
  }
}
