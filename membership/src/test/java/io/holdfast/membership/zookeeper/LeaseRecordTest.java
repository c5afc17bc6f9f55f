package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.membership.HostRegistration;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.SelfFenceTerms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseRecordTest {

    private final LeaseRecord record = new LeaseRecord(
            new HostRegistration(
                    HostId.of("h1"),
                    SegmentId.of("default"),
                    "zone",
                    "boot-1",
                    "session-1",
                    "127.0.0.1",
                    7443,
                    new Resources(4, 4096, 10),
                    FailureDomains.parse("pdu=a,rack=r4"),
                    7444,
                    new SelfFenceTerms("/dev/watchdog", Duration.ofSeconds(3), Duration.ofSeconds(2), new UUID(1, 2)),
                    HostTopology.parse("0:4096:2,3:0-1:2048x512")),
            false);

    @Test
    void readsWhatItWrote() throws IOException {
        assertThat(LeaseRecord.decode(record.encode())).isEqualTo(record);
    }

    @Test
    void passesOverFieldsOfNewerVersions() throws IOException {
        String newer = new String(record.encode(), StandardCharsets.UTF_8).replaceFirst("\\{", "{\"new\":[1],");
        assertThat(LeaseRecord.decode(newer.getBytes(StandardCharsets.UTF_8))).isEqualTo(record);
    }

    @Test
    void aRecordOfTheReleaseBeforeHasNoSupervisor() throws IOException {
        String older = new String(record.encode(), StandardCharsets.UTF_8).replace("\"supervisorPort\":7444,", "");
        assertThat(older).doesNotContain("supervisor");
        assertThat(LeaseRecord.decode(older.getBytes(StandardCharsets.UTF_8)).registration())
                .isEqualTo(record.registration().supervisedAt(0));
    }

    @Test
    void anAgentOfTheReleaseBeforeArmsNothing() throws IOException {
        String older =
                new String(record.encode(), StandardCharsets.UTF_8).replaceFirst("\"selfFence\":\"[^\"]*\",", "");
        assertThat(older).doesNotContain("selfFence");
        assertThat(LeaseRecord.decode(older.getBytes(StandardCharsets.UTF_8))
                        .registration()
                        .selfFence())
                .isNull();
    }

    @Test
    void termsThatCannotBeUnderstoodArmNothing() throws IOException {
        String odd =
                new String(record.encode(), StandardCharsets.UTF_8).replaceFirst("timeout-ms=3000", "timeout-ms=soon");
        assertThat(LeaseRecord.decode(odd.getBytes(StandardCharsets.UTF_8))
                        .registration()
                        .selfFence())
                .isNull();
    }

    @Test
    void aHostThatSaysNothingOfItsCellsOrNothingThatCanBeUnderstoodHasNone() throws IOException {
        String written = new String(record.encode(), StandardCharsets.UTF_8);
        for (String other : List.of("", "\"topology\":\"0:much\",", "\"topology\":7,")) {
            String changed = written.replaceFirst("\"topology\":\"[^\"]*\",", other);
            assertThat(changed).isNotEqualTo(written);
            assertThat(LeaseRecord.decode(changed.getBytes(StandardCharsets.UTF_8))
                            .registration()
                            .topology())
                    .isEqualTo(HostTopology.NONE);
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "{", "nonsense", "[]", "null", "17", "{}", "{\"host\":7}", "{\"host\":\"no spaces\"}"})
    void whatIsNotALeaseIsAnErrorThatTheWatchCanPassOver(@Nullable String text) {
        byte @Nullable [] data = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> LeaseRecord.decode(data)).isInstanceOf(IOException.class);
    }
}
