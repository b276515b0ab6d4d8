package io.headwater.protocol.redis.geo;

import io.headwater.host.CMath;

/**
 * What is searched: all within a radius of a point, or a box around it. Lengths are in a unit that
 * has so many metres.
 */
record Shape(
    double longitude,
    double latitude,
    boolean box,
    double radius,
    double width,
    double height,
    double unitMeters) {

  /** The distance of a point from the middle in metres, or NaN if it is outside. */
  double distance(double pointLongitude, double pointLatitude) {
    if (!box) {
      double distance = Earth.distance(longitude, latitude, pointLongitude, pointLatitude);
      return distance > radius * unitMeters ? Double.NaN : distance;
    }
    if (Earth.alongMeridian(pointLatitude, latitude) > height * unitMeters / 2) {
      return Double.NaN;
    }
    double across = Earth.distance(pointLongitude, pointLatitude, longitude, pointLatitude);
    if (across > width * unitMeters / 2) {
      return Double.NaN;
    }
    return Earth.distance(longitude, latitude, pointLongitude, pointLatitude);
  }

  /** The radius of a circle around it. */
  private double reachMeters() {
    double reach =
        box ? Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) : radius;
    return reach * unitMeters;
  }

  private Geohash.Cell bounds() {
    double north = unitMeters * (box ? height / 2 : radius);
    double east = unitMeters * (box ? width / 2 : radius);
    double latitudes = Earth.degrees(north / Earth.RADIUS_METERS);
    double nearPole = latitude < 0 ? latitude - latitudes : latitude + latitudes;
    double longitudes =
        Earth.degrees(east / Earth.RADIUS_METERS / CMath.cos(Earth.radians(nearPole)));
    return new Geohash.Cell(
        longitude - longitudes, longitude + longitudes, latitude - latitudes, latitude + latitudes);
  }

  /**
   * The cells that have to be searched, in Redis's order: the middle one and its neighbours, each
   * as it would be a range of scores.
   *
   * @param step of all of them
   * @param bits nine of them
   * @param needed which of them
   */
  record Cells(int step, long[] bits, boolean[] needed) {}

  private static final int[] EAST = {0, 0, 0, 1, -1, 1, -1, 1, -1};
  private static final int[] NORTH = {0, 1, -1, 0, 0, 1, 1, -1, -1};

  Cells cells() {
    Geohash.Cell bounds = bounds();
    int step = step();
    if (step > 1 && tooSmall(bounds, step)) {
      step--;
    }
    long middle = Geohash.encode(longitude, latitude, step);
    Geohash.Cell cell = Geohash.decode(middle, step);
    long[] bits = new long[9];
    boolean[] needed = new boolean[9];
    for (int i = 0; i < 9; i++) {
      bits[i] = Geohash.moved(middle, step, EAST[i], NORTH[i]);
      needed[i] =
          step < 2
              || !(NORTH[i] < 0 && cell.south() < bounds.south()
                  || NORTH[i] > 0 && cell.north() > bounds.north()
                  || EAST[i] < 0 && cell.west() < bounds.west()
                  || EAST[i] > 0 && cell.east() > bounds.east());
    }
    bits[0] = middle;
    return new Cells(step, bits, needed);
  }

  /** Cells of about the reach's size, larger ones towards the poles. */
  private int step() {
    double reach = reachMeters();
    if (reach == 0) {
      return Geohash.STEP_MAX;
    }
    int step = -1;
    while (reach < 20037726.37) {
      reach *= 2;
      step++;
    }
    if (Math.abs(latitude) > 66) {
      step -= Math.abs(latitude) > 80 ? 2 : 1;
    }
    return Math.clamp(step, 1, Geohash.STEP_MAX);
  }

  /** Whether the neighbours do not reach the bounds. */
  private boolean tooSmall(Geohash.Cell bounds, int step) {
    long middle = Geohash.encode(longitude, latitude, step);
    return Geohash.decode(Geohash.moved(middle, step, 0, 1), step).north() < bounds.north()
        || Geohash.decode(Geohash.moved(middle, step, 0, -1), step).south() > bounds.south()
        || Geohash.decode(Geohash.moved(middle, step, 1, 0), step).east() < bounds.east()
        || Geohash.decode(Geohash.moved(middle, step, -1, 0), step).west() > bounds.west();
  }
}
