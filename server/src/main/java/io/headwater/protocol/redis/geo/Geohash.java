package io.headwater.protocol.redis.geo;

/**
 * Cells of a world map that is halved {@code step} times in each direction: bits of the latitude at
 * even places, of the longitude at odd ones, so that what is near is mostly near as a number too
 * (Niemeyer, geohash.org, 2008). The map reaches as far north and south as Web Mercator does. A
 * member's score is its cell at step 26, of 52 bits, which a double holds exactly.
 */
final class Geohash {
  static final int STEP_MAX = 26;
  static final double LONGITUDE_MAX = 180;
  static final double LATITUDE_MAX = 85.05112878;

  private static final long EVEN = 0x5555555555555555L;
  private static final String ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
  private static final double TWO_63 = 0x1p63;

  /** The edges of a cell, in degrees. */
  record Cell(double west, double east, double south, double north) {
    double longitude() {
      return clamp((west + east) / 2, LONGITUDE_MAX);
    }

    double latitude() {
      return clamp((south + north) / 2, LATITUDE_MAX);
    }
  }

  private Geohash() {}

  private static double clamp(double value, double max) {
    return value > max ? max : value < -max ? -max : value;
  }

  /** The cell of a point that is on the map. */
  static long encode(double longitude, double latitude, int step) {
    return encode(longitude, latitude, LATITUDE_MAX, step);
  }

  private static long encode(double longitude, double latitude, double latitudeMax, int step) {
    double northward = (latitude + latitudeMax) / (latitudeMax + latitudeMax);
    double eastward = (longitude + LONGITUDE_MAX) / (LONGITUDE_MAX + LONGITUDE_MAX);
    double cells = 1L << step;
    return spread((long) (northward * cells)) | spread((long) (eastward * cells)) << 1;
  }

  static Cell decode(long bits, int step) {
    double cells = 1L << step;
    long latitude = gather(bits);
    long longitude = gather(bits >>> 1);
    return new Cell(
        edge(longitude, cells, LONGITUDE_MAX),
        edge(longitude + 1 & 0xffffffffL, cells, LONGITUDE_MAX),
        edge(latitude, cells, LATITUDE_MAX),
        edge(latitude + 1 & 0xffffffffL, cells, LATITUDE_MAX));
  }

  private static double edge(long index, double cells, double max) {
    return -max + index / cells * (max + max);
  }

  /** The cell that a score means, whatever score it is. */
  static Cell ofScore(double score) {
    return decode(unsigned(score), STEP_MAX);
  }

  /** As a processor converts: what does not fit has only the highest bit. */
  static long integer(double value) {
    return value >= -TWO_63 && value < TWO_63 ? (long) value : Long.MIN_VALUE;
  }

  private static long unsigned(double value) {
    return value < TWO_63 ? integer(value) : integer(value - TWO_63) ^ Long.MIN_VALUE;
  }

  /** The cell so many cells to the east and north; round the earth, and over its ends. */
  static long moved(long bits, int step, int east, int north) {
    long mask = EVEN >>> 64 - 2 * step;
    long latitude = moved(bits & EVEN, north, mask);
    long longitude = moved(bits >>> 1 & EVEN, east, mask);
    return latitude | longitude << 1;
  }

  /** Adds -1, 0 or 1 to an integer whose bits stand at the even places of the mask. */
  private static long moved(long spread, int by, long mask) {
    return by == 0 ? spread : spread((gather(spread) + by)) & mask;
  }

  /** The eleven characters of geohash.org, whose map reaches the poles; the last is always 0. */
  static String text(double score) {
    Cell cell = ofScore(score);
    long bits = encode(cell.longitude(), cell.latitude(), 90, STEP_MAX);
    StringBuilder text = new StringBuilder(11);
    for (int shift = 47; shift >= 0; shift -= 5) {
      text.append(ALPHABET.charAt((int) (bits >>> shift) & 31));
    }
    return text.append('0').toString();
  }

  /** Moves the low 32 bits to the even places. */
  private static long spread(long value) {
    long x = value & 0xffffffffL;
    x = (x | x << 16) & 0x0000ffff0000ffffL;
    x = (x | x << 8) & 0x00ff00ff00ff00ffL;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0fL;
    x = (x | x << 2) & 0x3333333333333333L;
    return (x | x << 1) & EVEN;
  }

  /** Takes the bits at the even places. */
  private static long gather(long value) {
    long x = value & EVEN;
    x = (x | x >>> 1) & 0x3333333333333333L;
    x = (x | x >>> 2) & 0x0f0f0f0f0f0f0f0fL;
    x = (x | x >>> 4) & 0x00ff00ff00ff00ffL;
    x = (x | x >>> 8) & 0x0000ffff0000ffffL;
    return (x | x >>> 16) & 0xffffffffL;
  }
}
