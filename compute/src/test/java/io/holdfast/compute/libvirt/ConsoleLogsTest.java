package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
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
    void whatCannotBeReadIsSaid() throws Exception {
        ConsoleLogs logs = new ConsoleLogs(directory.resolve("consoles"));
        Files.createDirectory(logs.fileOf(VM));
        assertThatThrownBy(() -> logs.tail(VM, 10)).isInstanceOf(IOException.class);
    }
}
