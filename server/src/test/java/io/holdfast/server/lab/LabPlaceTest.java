package io.holdfast.server.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LabPlaceTest {

    private static final Path USUAL = Path.of("/var/lib/holdfast-lab");

    @TempDir
    Path home;

    @Test
    void isWhereTheCommandLineSaysOrElseWhereTheLabIsThatThereIs() {
        Path said = home.resolve("said");
        Path active = home.resolve("active");
        assertThat(LabPlace.of(said, Optional.of(active))).isEqualTo(said);
        assertThat(LabPlace.of(null, Optional.of(active))).isEqualTo(active);
        assertThat(LabPlace.of(null, Optional.empty())).isEqualTo(USUAL);
    }

    @Test
    void aDemoLeavesTheFilesOfAnEarlierLabAlone() throws Exception {
        Path said = home.resolve("lab");
        assertThat(LabPlace.ofDemo(said, Optional.empty(), false))
                .as("nothing is there")
                .isEqualTo(said);
        Files.createDirectories(said);
        assertThat(LabPlace.ofDemo(said, Optional.empty(), false)).isEqualTo(home.resolve("lab-demo"));
        assertThat(LabPlace.ofDemo(said.resolve("../lab"), Optional.empty(), false))
                .isEqualTo(home.resolve("lab-demo"));
        assertThat(LabPlace.ofDemo(said, Optional.empty(), true))
                .as("it is to be found")
                .isEqualTo(said);
        assertThat(LabPlace.ofDemo(said, Optional.of(said), false))
                .as("it is up")
                .isEqualTo(said);
        assertThat(LabPlace.ofDemo(null, Optional.of(home.resolve("lab-demo")), false))
                .as("a demo was killed, and its lab is still there")
                .isEqualTo(home.resolve("lab-demo"));
    }
}
