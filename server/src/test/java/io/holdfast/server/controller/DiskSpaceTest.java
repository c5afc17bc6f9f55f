package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {

    private static final Path STATE = Path.of("/var/lib/holdfast");

    @TempDir
    Path directory;

    @Test
    void saysHowMuchIsLeftWhenChangesMayFail() {
        assertThat(DiskSpace.trouble(STATE, 64L << 20)).isEmpty();
        assertThat(DiskSpace.trouble(STATE, (64L << 20) - 1))
                .contains("only 63 MiB")
                .contains("/var/lib/holdfast");
        assertThat(DiskSpace.trouble(STATE, 0)).contains("only 0 MiB");
    }

    @Test
    void aDirectoryThatCannotBeLookedAtIsATrouble() {
        assertThat(new DiskSpace(directory).trouble()).isEmpty();
        assertThat(new DiskSpace(directory.resolve("gone")).trouble()).contains("cannot be looked at");
    }
}
