package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * Names a snapshot to start from, and the position of the first record after it. As a file: a line
 * of text, a line with its CRC32C in hexadecimal digits.
 *
 * @param size how many bytes the snapshot has
 * @param isApart whether the segment that begins there may still have its temporary name
 */
record WalCheckpoint(long position, String snapshot, long size, boolean isApart) {
  private static final int FILE_MAX = 1024;

  private String text() {
    return "hydrion checkpoint 1 position "
        + position
        + " snapshot "
        + snapshot
        + " size "
        + size
        + " segment "
        + (isApart ? "apart" : "listed")
        + "\n";
  }

  private byte[] format() {
    byte[] line = Bytes.of(text());
    CRC32C crc = new CRC32C();
    crc.update(line, 0, line.length);
    return Bytes.of(text() + String.format(Locale.ROOT, "%08x\n", (int) crc.getValue()));
  }

  /** Makes the checkpoint count, in one step. */
  void write(Disk disk, Path to, Path temporary) throws IOException {
    try {
      disk.delete(temporary);
      try (Disk.Output out = disk.create(temporary)) {
        byte[] bytes = format();
        out.write(bytes, 0, bytes.length);
        out.sync();
      }
    } catch (IOException e) {
      throw new LogDirectory.CannotBeginException(e);
    }
    disk.rename(temporary, to);
    Path directory = to.getParent();
    assert directory != null;
    disk.syncDirectory(directory);
  }

  static WalCheckpoint read(Disk disk, Path path, long position) throws IOException {
    byte[] bytes = new byte[FILE_MAX];
    int n = 0;
    try (Disk.Input in = disk.open(path)) {
      for (int read = 0; read >= 0 && n < bytes.length; n += Math.max(0, read)) {
        read = in.read(bytes, n, bytes.length - n);
      }
    }
    String text = Bytes.string(bytes, 0, n);
    String[] words = text.split("[ \n]");
    if (words.length == 12 && words[8].matches("[0-9]{1,18}")) {
      WalCheckpoint read =
          new WalCheckpoint(
              position, words[6], Long.parseLong(words[8]), words[10].equals("apart"));
      if (Bytes.string(read.format()).equals(text)) {
        return read;
      }
    }
    throw new LogDamageException(
        String.valueOf(path.getFileName()), 0, "The checkpoint " + path + " is damaged");
  }
}
