package io.holdfast.chaos.sim.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.chaos.sim.FailureHistory;
import io.holdfast.chaos.sim.FailureHistory.Failure;
import io.holdfast.chaos.sim.FailureHistory.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureListTest {

    private static final String HEADER = "System,nodes,nodenum,Prob Started,Down Time,Network,Software\n";

    /** Two systems: one of ten hosts, watched for two hours; one whose size is not given, of two hosts seen in an hour. */
    private static final String ROWS = HEADER
            + "1,10,3,6/21/2005 10:54,59,,\n"
            + "1,10,4,6/21/2005 10:58,6,,Other Software\n"
            + "1,10,3,6/21/2005 12:54,1,Switch,\n"
            + "2,,0,1/2/2004 9:00,5,,\n"
            + "2,,1,1/2/2004 10:00,5,,\n";

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("failures.csv"), text);
    }

    @Test
    void failuresWithinFiveMinutesOfASystemAreOneBurst() throws IOException {
        FailureHistory history = FailureList.of(file(ROWS));
        assertThat(history.bursts())
                .containsExactly(
                        List.of(
                                new Failure(Kind.POWER, Duration.ZERO, Duration.ofMinutes(59)),
                                new Failure(Kind.KERNEL, Duration.ofMinutes(4), Duration.ofMinutes(6))),
                        List.of(new Failure(Kind.NETWORK, Duration.ZERO, Duration.ofMinutes(1))),
                        List.of(new Failure(Kind.POWER, Duration.ZERO, Duration.ofMinutes(5))),
                        List.of(new Failure(Kind.POWER, Duration.ZERO, Duration.ofMinutes(5))));
        assertThat(history.between()).isEqualTo(Duration.ofMinutes((10 * 120 + 2 * 60) / 4));
    }

    @Test
    void aZippedListReadsTheSame() throws IOException {
        Path zipped = folder.resolve("failures.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
            out.write(ROWS.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(FailureList.of(zipped)).isEqualTo(FailureList.of(file(ROWS)));
    }

    @Test
    void whatCannotBeReadIsToldWithItsLine() {
        assertThatThrownBy(() -> FailureList.of(folder.resolve("none.csv")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no such file")
                .hasMessageContaining("none.csv");
        refuses("", "is empty");
        refuses("System,nodes\n", "line 1: there is no column 'nodenum'; found: System, nodes");
        refuses(HEADER + "1,10,3,yesterday,59,,\n", "line 2: 'Prob Started' must be a time such as");
        refuses(HEADER + "\n1,10,3,6/21/2005 10:54,long,,\n", "line 3: 'Down Time' must be a whole number, is 'long'");
        refuses(HEADER + "1,many,3,6/21/2005 10:54,5,,\n", "line 2: 'nodes' must be a whole number, is 'many'");
        refuses(HEADER + "1,10\n", "line 2: there are 2 cells");
        refuses(HEADER + "1,10,3,6/21/2005 10:54,59,,\n", "must list at least two failures");
    }

    private void refuses(String text, String why) {
        assertThatThrownBy(() -> FailureList.of(file(text)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }
}
