package org.keyward.token;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.keyward.audit.AuditEvent;
import org.keyward.config.Secret;
import org.keyward.config.TokenSettings;
import org.keyward.signing.PinMemory;
import org.keyward.signing.Seal;
import org.keyward.signing.TokenException;
import org.keyward.signing.TokenLock;

/** The ports that tokens need, kept in files, so that they outlive a restart and span processes. */
final class FilePorts implements TokenLock, PinMemory {
  private final Path folder;
  private final Semaphore inProcess = new Semaphore(1);
  final List<AuditEvent> events = new CopyOnWriteArrayList<>();
  final List<String> hangs = new CopyOnWriteArrayList<>();

  FilePorts(Path folder) {
    this.folder = folder;
  }

  Pkcs11Tokens open(TokenSettings... settings) {
    return new Pkcs11Tokens(
        List.of(settings),
        this,
        this,
        new Seal(Secret.of(new byte[32])),
        events::add,
        "test",
        Clock.systemUTC(),
        hangs::add);
  }

  List<AuditEvent.Action> actions() {
    return events.stream().map(AuditEvent::action).toList();
  }

  /** Changes what is remembered of all PINs. */
  void rememberOnly(Verdict verdict) {
    try (var files = Files.list(folder)) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith("verdict-")).toList()) {
        Files.writeString(file, verdict.name());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Verdict verdict(String serial, byte[] pinMac) {
    try {
      Path file = file(serial, pinMac);
      return Files.exists(file) ? Verdict.valueOf(Files.readString(file)) : Verdict.UNKNOWN;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void remember(String serial, byte[] pinMac, Verdict verdict) {
    try {
      Files.writeString(file(serial, pinMac), verdict.name());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(String serial, byte[] pinMac) {
    return folder.resolve("verdict-" + serial + "-" + HexFormat.of().formatHex(pinMac));
  }

  @Override
  public Held acquire(String serial, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    try {
      Path file = folder.resolve("lock-" + serial.toLowerCase(Locale.ROOT));
      inProcess.acquire();
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      while (lock == null) {
        if (System.nanoTime() > end) {
          channel.close();
          inProcess.release();
          throw new TokenException(TokenException.Reason.BUSY, "in use by another process");
        }
        Thread.sleep(2);
        lock = tryLock(channel);
      }
      return new Locked(channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TokenException(TokenException.Reason.BUSY, "interrupted", e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by other ports of this process
    }
  }

  private final class Locked implements Held {
    private final FileChannel channel;

    Locked(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public boolean valid() {
      return channel.isOpen();
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        inProcess.release();
      }
    }
  }
}
