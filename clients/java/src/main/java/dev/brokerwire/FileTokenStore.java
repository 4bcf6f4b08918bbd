package dev.brokerwire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A token in a file that is replaced as a whole: after a crash it holds the former token or the new one. */
public final class FileTokenStore implements TokenStore {
    private final Path path;

    public FileTokenStore(Path path) {
        this.path = path.toAbsolutePath();
    }

    @Override
    public String load() throws IOException {
        try {
            return Files.readString(path).strip();
        } catch (NoSuchFileException none) {
            return "";
        }
    }

    @Override
    public void save(String token) throws IOException {
        Path folder = path.getParent();
        Files.createDirectories(folder);
        Path fresh = Files.createTempFile(folder, "." + path.getFileName(), "");
        try {
            try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer text = ByteBuffer.wrap((token + "\n").getBytes(StandardCharsets.UTF_8));
                while (text.hasRemaining()) {
                    file.write(text);
                }
                file.force(true);
            }
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        flush(folder);
    }

    private static void flush(Path folder) throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            return; // folders cannot be opened there
        }
        try (FileChannel handle = FileChannel.open(folder, StandardOpenOption.READ)) {
            handle.force(true);
        }
    }
}
