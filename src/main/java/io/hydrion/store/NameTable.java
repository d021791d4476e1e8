package io.hydrion.store;

import io.hydrion.util.Bytes;
import java.util.Arrays;

/**
 * Blocks of a value by the names that they have, in the order of the names: a sorted array of
 * addresses, for hundreds or thousands of names.
 */
final class NameTable {
  /*
   * The table is one arena block: room for addresses (4), number of addresses (4), the addresses.
   * Where it lies is kept in a field of the value's root or of a block of it; 0 when it is empty.
   * A block with a name begins with the name's length (4); the name lies at a fixed offset.
   */
  private static final int HEAD = 8;
  private static final int ROOM_MIN = 4;

  private final Parts parts;
  private final int nameOffset;

  // Where the table's address is: in a block, or, when that is 0, in the root.
  private int block;
  private int field;

  NameTable(Parts parts, int nameOffset) {
    this.parts = parts;
    this.nameOffset = nameOffset;
  }

  /** Turns to the table whose address is at an offset in a block, or in the root when that is 0. */
  NameTable at(int inBlock, int offset) {
    block = inBlock;
    field = offset;
    return this;
  }

  private int table() {
    return block == 0
        ? parts.getInt(field)
        : Bytes.getInt(parts.chunk(block), Arena.offset(block) + field);
  }

  private void setTable(int address) {
    if (block == 0) {
      parts.putInt(field, address);
    } else {
      Bytes.putInt(parts.chunk(block), Arena.offset(block) + field, address);
    }
  }

  int size() {
    int table = table();
    return table == 0 ? 0 : Bytes.getInt(parts.chunk(table), Arena.offset(table) + 4);
  }

  /** The block whose name has so many names before it. */
  int get(int rank) {
    int table = table();
    return Bytes.getInt(parts.chunk(table), Arena.offset(table) + HEAD + 4 * rank);
  }

  int nameLength(int named) {
    return Bytes.getInt(parts.chunk(named), Arena.offset(named));
  }

  private int compare(int named, byte[] name, int off, int len) {
    byte[] a = parts.chunk(named);
    int at = Arena.offset(named) + nameOffset;
    return Bytes.compare(a, at, nameLength(named), name, off, len);
  }

  /** The rank of a name; when it is not there: -1 less the rank that it would have. */
  int rank(byte[] name, int off, int len) {
    int low = 0;
    int high = size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = compare(get(middle), name, off, len);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return -1 - low;
  }

  /** The block of a name; 0 when there is none. */
  int find(byte[] name, int off, int len) {
    int rank = rank(name, off, len);
    return rank < 0 ? 0 : get(rank);
  }

  /**
   * Makes a block with a name, which gets a rank; all else of it is 0. Nothing has changed when
   * there is no room.
   */
  int add(int rank, byte[] name, int off, int len) {
    if (len > Arena.BLOCK_MAX - nameOffset) {
      throw new StoreFullException("a name holds at most 2 GiB");
    }
    int named = parts.allocate(nameOffset + len);
    try {
      makeRoom();
    } catch (StoreFullException full) {
      parts.free(named, nameOffset + len);
      throw full;
    }
    byte[] a = parts.chunk(named);
    int at = Arena.offset(named);
    Arrays.fill(a, at, at + nameOffset, (byte) 0);
    Bytes.putInt(a, at, len);
    System.arraycopy(name, off, a, at + nameOffset, len);
    int table = table();
    byte[] t = parts.chunk(table);
    int head = Arena.offset(table);
    int n = Bytes.getInt(t, head + 4);
    int place = head + HEAD + 4 * rank;
    System.arraycopy(t, place, t, place + 4, 4 * (n - rank));
    Bytes.putInt(t, place, named);
    Bytes.putInt(t, head + 4, n + 1);
    return named;
  }

  private void makeRoom() {
    int old = table();
    int n = size();
    int room = old == 0 ? 0 : Bytes.getInt(parts.chunk(old), Arena.offset(old));
    if (n < room) {
      return;
    }
    resize(old, n, Math.max(ROOM_MIN, room * 2));
  }

  private void resize(int old, int n, int room) {
    int table = parts.allocate(HEAD + 4 * room);
    byte[] t = parts.chunk(table);
    int head = Arena.offset(table);
    Bytes.putInt(t, head, room);
    Bytes.putInt(t, head + 4, n);
    if (old != 0) {
      System.arraycopy(parts.chunk(old), Arena.offset(old) + HEAD, t, head + HEAD, 4 * n);
      freeTable(old);
    }
    setTable(table);
  }

  private void freeTable(int table) {
    parts.free(table, HEAD + 4 * Bytes.getInt(parts.chunk(table), Arena.offset(table)));
  }

  /** Frees a block and forgets its name. */
  void remove(int rank) {
    int table = table();
    byte[] t = parts.chunk(table);
    int head = Arena.offset(table);
    int n = Bytes.getInt(t, head + 4) - 1;
    int place = head + HEAD + 4 * rank;
    int named = Bytes.getInt(t, place);
    System.arraycopy(t, place + 4, t, place, 4 * (n - rank));
    Bytes.putInt(t, head + 4, n);
    parts.free(named, nameOffset + nameLength(named));
    int room = Bytes.getInt(t, head);
    if (n == 0) {
      freeTable(table);
      setTable(0);
    } else if (room > ROOM_MIN && n <= room / 4) {
      try {
        resize(table, n, room / 2);
      } catch (StoreFullException full) { // then it stays as it is
      }
    }
  }
}
