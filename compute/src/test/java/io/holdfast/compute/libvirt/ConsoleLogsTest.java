package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleLogsTest {

    private static final InstanceId VM = InstanceId.of(new UUID(0, 1));

    @TempDir
    Path directory;

    @Test
    void theTailIsTheLastBytesAndNothingWhereNothingWasWritten() throws Exception {
        ConsoleLogs logs = new ConsoleLogs(directory.resolve("consoles"));
        assertThat(logs.tail(VM, 10)).isEmpty();
        Files.writeString(logs.fileOf(VM), "Linux version 6.1\nlogin: ");
        assertThat(new String(logs.tail(VM, 7), StandardCharsets.UTF_8)).isEqualTo("login: ");
        assertThat(new String(logs.tail(VM, 1000), StandardCharsets.UTF_8)).startsWith("Linux");
        assertThat(logs.tail(VM, 0)).isEmpty();
        logs.delete(VM);
        assertThat(logs.tail(VM, 10)).isEmpty();
    }

    @Test
    void aGuestThatShoutsLosesItsOldestWordsAndNeverItsLast() throws Exception {
        ConsoleLogs logs = new ConsoleLogs(directory.resolve("consoles"));
        int chunk = 300_000;
        long written = 0;
        for (int round = 0; round < 20; round++) {
            String words = "%08d".formatted(round).repeat(chunk / 8);
            Files.writeString(logs.fileOf(VM), words, StandardOpenOption.APPEND, StandardOpenOption.CREATE);
            written += words.length();
            logs.trim();
            assertThat(bytesKept()).isLessThanOrEqualTo(2 * ConsoleLogs.BYTES_LIMIT);
            int expected = (int) Math.min(written, ConsoleLogs.BYTES_LIMIT);
            byte[] tail = logs.tail(VM, Integer.MAX_VALUE);
            assertThat(tail.length).isEqualTo(expected);
            assertThat(new String(tail, StandardCharsets.UTF_8)).endsWith(words.substring(0, 100_000));
        }
        logs.delete(VM);
        assertThat(bytesKept()).isZero();
    }

    @Test
    void ofOthersNothingIsKept() throws Exception {
        ConsoleLogs logs = new ConsoleLogs(directory.resolve("consoles"));
        logs.keepOnly(Set.of());
        InstanceId other = InstanceId.of(new UUID(0, 2));
        for (InstanceId one : List.of(VM, other)) {
            Files.writeString(logs.fileOf(one), "words");
            Files.writeString(Path.of(logs.fileOf(one) + ".older"), "older words");
            Files.writeString(Path.of(logs.fileOf(one) + ".part"), "cut short");
        }
        Files.writeString(directory.resolve("consoles/notes.txt"), "somebody's");
        logs.keepOnly(Set.of(VM));
        assertThat(logs.tail(other, 10)).isEmpty();
        assertThat(logs.tail(VM, 10)).isNotEmpty();
        try (Stream<Path> left = Files.list(directory.resolve("consoles"))) {
            assertThat(left).hasSize(4);
        }
        Files.createDirectories(Path.of(logs.fileOf(other) + "/inside"));
        assertThatThrownBy(() -> logs.keepOnly(Set.of(VM))).isInstanceOf(IOException.class);
    }

    @Test
    void whereItsLastWordsCannotBeKeptAConsoleIsShortenedAllTheSame() throws Exception {
        ConsoleLogs logs = new ConsoleLogs(directory.resolve("consoles"));
        Path file = logs.fileOf(VM);
        Files.write(file, new byte[(int) ConsoleLogs.BYTES_LIMIT + 1]);
        Files.createDirectories(directory.resolve("consoles/" + VM + ".log.part"));
        logs.trim();
        assertThat(file).isEmptyFile();
    }

    private long bytesKept() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("consoles"))) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }

    @Test
    void whatCannotBeReadIsSaid() throws Exception {
        ConsoleLogs logs = new ConsoleLogs(directory.resolve("consoles"));
        Files.createDirectory(logs.fileOf(VM));
        assertThatThrownBy(() -> logs.tail(VM, 10)).isInstanceOf(IOException.class);
    }
}
