package io.holdfast.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory for what only this process needs, gone with all that is in it when it is closed. */
public record Scratch(Path path) implements AutoCloseable {

    /** A new one, readable by nobody else, in the place for such things. */
    public static Scratch open(String name) throws IOException {
        return new Scratch(Files.createTempDirectory(name));
    }

    /** Removes a directory and all that is in it; nothing where there is none. */
    public static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() throws IOException {
        remove(path);
    }
}
