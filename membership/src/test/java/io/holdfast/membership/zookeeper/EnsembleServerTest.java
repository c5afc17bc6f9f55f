package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class EnsembleServerTest {

    private static final Map<Integer, String> SERVERS =
            new TreeMap<>(Map.of(1, "198.51.100.51", 2, "198.51.100.52", 3, "198.51.100.53"));

    @Test
    void clientsAreToldAllServers() {
        assertThat(EnsembleServer.connectString(new TreeMap<>(Map.of(1, "127.0.0.1", 2, "127.0.0.2"))))
                .isEqualTo("127.0.0.1:2281,127.0.0.2:2281");
    }

    @Test
    void aServerKnowsAllOthersAndSpeaksTlsOnlyOnBothSides() {
        Properties all = EnsembleServer.configuration(Path.of("data"), SERVERS, 2, Duration.ofSeconds(2));
        assertThat(all)
                .containsEntry("server.1", "198.51.100.51:2888:3888")
                .containsEntry("server.3", "198.51.100.53:2888:3888")
                .containsEntry("secureClientPortAddress", "198.51.100.52")
                .containsEntry("sslQuorum", "true")
                .containsEntry("ssl.quorum.clientAuth", "need")
                .containsEntry("tickTime", "400")
                .doesNotContainKey("clientPort");
    }

    @Test
    void aTickIsNeverLongerThanWhatALeadersLeaseReliesOn() {
        // ZooKeeperLeadership takes a quarter of the session off for half a tick.
        for (int millis : new int[] {1000, 2000, 4000, 30_000}) {
            long tick =
                    Long.parseLong(EnsembleServer.configuration(Path.of("data"), SERVERS, 1, Duration.ofMillis(millis))
                            .getProperty("tickTime"));
            assertThat(tick).isLessThanOrEqualTo(millis / 2);
        }
    }

    @Test
    void aServerThatIsNotOneOfThemIsRefused() {
        assertThatThrownBy(() -> EnsembleServer.configuration(Path.of("data"), SERVERS, 4, Duration.ofSeconds(2)))
                .hasMessageContaining("server 4 is none");
        assertThat(EnsembleServer.connectString(SERVERS))
                .isEqualTo("198.51.100.51:2281,198.51.100.52:2281,198.51.100.53:2281");
    }
}
