package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

final class SimulatedStageTest {

    @Test
    void otherAccountsGetThroughItsDirectoryAndSeeNothingThere() throws Exception {
        Path directory = SimulatedStage.directory();
        try {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                    .isEqualTo("rwx--x--x");
        } finally {
            Files.delete(directory);
        }
    }
}
