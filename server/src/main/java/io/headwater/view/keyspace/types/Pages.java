package io.headwater.view.keyspace.types;

import java.util.Arrays;

/**
 * Where the records of one large collection lie: pages of 16 KiB that are filled from the front. A
 * record never crosses a page; one over 2 KiB gets an array of its own. A record is named by an int
 * that stays the same until the record is freed or its owner moves it:
 *
 * <pre>{@code
 * bit 31   30 .. 12        11 .. 0
 * 0        page number     offset in the page / 4
 * 1        number of the array of its own (31 bits)
 * }</pre>
 *
 * <p>Freed records only count as dead. When more than half of a full page is dead, {@link
 * #sparsePage} names it, and the owner moves what still lives (it alone knows what does) and drops
 * the page. So each freed record pays for at most one move, and no free list fragments. Name 0 is
 * never given. Limit: 8 GiB of records under 2 KiB, past which it throws IllegalStateException.
 */
final class Pages {
  static final int PAGE_BYTES = 1 << 14;
  private static final int OWN_ARRAY_BYTES = 2048;
  private static final int FIRST_PAGE_BYTES = 256;
  private static final int MAX_PAGES = 1 << 19;
  private static final int START = 4; // so that no record is named 0

  private byte[][] pages = new byte[2][];
  private int[] used = new int[2];
  private int[] dead = new int[2];

  /** Since which snapshot a page is nobody else's. */
  private int[] epochs = new int[2];

  private int epoch;
  private int pageCount;
  private int current = -1;
  private int[] freePages = new int[2];
  private int freePageCount;
  private int sparse = -1;

  private byte[][] own = new byte[0][];
  private int ownCount;
  private int[] freeOwn = new int[0];
  private int freeOwnCount;
  private long memory;

  long memoryBytes() {
    return memory + 24L * used.length + 8L * own.length;
  }

  byte[] array(int name) {
    return name < 0 ? own[name & Integer.MAX_VALUE] : pages[name >>> 12];
  }

  int index(int name) {
    return name < 0 ? 0 : (name & 0xfff) << 2;
  }

  /**
   * The array to overwrite a record in, which then lies at the same index. What a snapshot may hold
   * is copied first. A record that was just allocated needs no such care: it lies where no snapshot
   * looks.
   */
  byte[] writable(int name) {
    if (name < 0) {
      int i = name & Integer.MAX_VALUE;
      if (epoch > 0) {
        own[i] = own[i].clone();
      }
      return own[i];
    }
    int page = name >>> 12;
    if (epochs[page] != epoch) {
      pages[page] = pages[page].clone();
      epochs[page] = epoch;
    }
    return pages[page];
  }

  /** These pages as they are now: records can be read from it whatever is written here later. */
  Pages snapshot() {
    epoch++;
    Pages frozen = new Pages();
    frozen.pages = pages.clone();
    frozen.own = own.clone();
    return frozen;
  }

  /** Room for a record; its content is what the caller writes. */
  int allocate(int bytes) {
    if (bytes > OWN_ARRAY_BYTES) {
      return allocateOwn(bytes);
    }
    int aligned = (bytes + 3) & ~3;
    if (current < 0 || used[current] + aligned > PAGE_BYTES) {
      current = newPage();
    }
    int from = used[current];
    byte[] page = pages[current];
    if (from + aligned > page.length) {
      int wanted = Math.min(PAGE_BYTES, Math.max(from + aligned, page.length * 2));
      pages[current] = Arrays.copyOf(page, wanted);
      memory += wanted - page.length;
    }
    used[current] = from + aligned;
    return current << 12 | from >>> 2;
  }

  private int allocateOwn(int bytes) {
    int i;
    if (freeOwnCount > 0) {
      i = freeOwn[--freeOwnCount];
    } else {
      i = ownCount++;
      if (i == own.length) {
        own = Arrays.copyOf(own, Math.max(4, i + (i >>> 1)));
      }
    }
    own[i] = new byte[bytes];
    memory += bytes + 16L;
    return i | Integer.MIN_VALUE;
  }

  private int newPage() {
    int page;
    if (freePageCount > 0) {
      page = freePages[--freePageCount];
    } else {
      page = pageCount++;
      if (page == MAX_PAGES) {
        throw new IllegalStateException("a collection has over 8 GiB of records");
      }
      if (page == pages.length) {
        int capacity = page + (page >>> 1) + 1;
        pages = Arrays.copyOf(pages, capacity);
        used = Arrays.copyOf(used, capacity);
        dead = Arrays.copyOf(dead, capacity);
        epochs = Arrays.copyOf(epochs, capacity);
      }
    }
    pages[page] = new byte[pageCount == 1 ? FIRST_PAGE_BYTES : PAGE_BYTES];
    used[page] = START;
    dead[page] = 0;
    epochs[page] = epoch;
    memory += pages[page].length + 16L;
    return page;
  }

  void free(int name, int bytes) {
    if (name < 0) {
      int i = name & Integer.MAX_VALUE;
      memory -= own[i].length + 16L;
      own[i] = NOTHING;
      if (freeOwnCount == freeOwn.length) {
        freeOwn = Arrays.copyOf(freeOwn, Math.max(4, freeOwnCount * 2));
      }
      freeOwn[freeOwnCount++] = i;
      return;
    }
    int page = name >>> 12;
    dead[page] += (bytes + 3) & ~3;
    if (page != current && dead[page] * 2 > used[page]) {
      sparse = page;
    }
  }

  private static final byte[] NOTHING = new byte[0];

  /** A page whose living records should be moved now, or -1; it is named once. */
  int sparsePage() {
    int page = sparse;
    sparse = -1;
    return page;
  }

  /** The name of the first record of a page; the next one follows at {@link #following}. */
  int firstOf(int page) {
    return page << 12 | START >>> 2;
  }

  /** The name of the record behind one of {@code bytes} bytes, or 0 at the page's end. */
  int following(int name, int bytes) {
    int next = name + ((bytes + 3) >>> 2);
    int page = name >>> 12;
    return ((next - (page << 12)) << 2) < used[page] ? next : 0;
  }

  boolean isAllDead(int page) {
    return dead[page] == used[page] - START;
  }

  /** Everything that lived in the page has been moved. */
  void drop(int page) {
    assert page != current;
    memory -= pages[page].length + 16L;
    pages[page] = NOTHING;
    if (freePageCount == freePages.length) {
      freePages = Arrays.copyOf(freePages, freePageCount * 2);
    }
    freePages[freePageCount++] = page;
  }
}
