package io.holdfast.server.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AgentRehearsalTest {

    @Test
    void anAgentIsStartedAskedAndStoppedAndLeavesNothing() throws Exception {
        List<Path> before = rehearsals();
        AgentRehearsal.run();
        assertThat(rehearsals()).isEqualTo(before);
    }

    private static List<Path> rehearsals() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith("holdfast-rehearsal"))
                    .sorted()
                    .toList();
        }
    }
}
