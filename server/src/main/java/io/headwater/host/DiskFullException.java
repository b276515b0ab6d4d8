package io.headwater.host;

import java.io.IOException;

/** ENOSPC or EDQUOT: nothing is broken, there is no room. The write that met it may be partial. */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1L;

  public DiskFullException(String path) {
    super(path + ": No space left on device");
  }
}
