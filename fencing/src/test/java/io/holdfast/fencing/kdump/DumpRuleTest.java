package io.holdfast.fencing.kdump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.KernelDump;
import io.holdfast.fencing.kdump.core.DumpMessage;
import io.holdfast.fencing.kdump.core.DumpRule;
import io.holdfast.fencing.kdump.core.DumpRule.Heard;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DumpRuleTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static KdumpSettings settings(int quiet, int limit, int patience) {
        return new KdumpSettings(
                "127.0.0.1",
                0,
                Map.of("h1", List.of("127.0.0.1")),
                Duration.ofSeconds(quiet),
                Duration.ofSeconds(limit),
                Duration.ofSeconds(patience));
    }

    private static Instant at(int second) {
        return START.plusSeconds(second);
    }

    @ParameterizedTest
    @CsvSource({
        // first, last, asked at: until when its power stays
        "0, 0, 1, 30",
        "0, 20, 29, 50",
        "0, 20, 50, -1",
        "0, 100, 110, 120",
        "0, 119, 120, -1",
    })
    void aDumpLastsAsLongAsMessagesComeAndNoLongerThanTheLimit(int first, int last, int asked, int until) {
        Optional<KernelDump> dump =
                DumpRule.of(new Heard(at(first), at(last), 3), true, at(asked), settings(30, 120, 20));
        if (until < 0) {
            assertThat(dump).as("over, and nobody waits for a second one").isEmpty();
        } else {
            assertThat(dump.orElseThrow().heard()).isTrue();
            assertThat(dump.orElseThrow().until()).isEqualTo(at(until));
            assertThat(dump.orElseThrow().limit()).isEqualTo(at(first + 120));
        }
    }

    @Test
    void aSilentHostIsGivenItsTimeOnceAndOnlyIfThatIsConfigured() {
        assertThat(DumpRule.of(null, true, START, settings(30, 120, 0))).isEmpty();
        assertThat(DumpRule.of(null, false, START, settings(30, 120, 20))).isEmpty();
        KernelDump given = DumpRule.of(null, true, START, settings(30, 120, 20)).orElseThrow();
        assertThat(given.heard()).isFalse();
        assertThat(given.until()).isEqualTo(at(20));
        // The dump of another failure, long ago, says nothing about this one.
        assertThat(DumpRule.of(new Heard(at(0), at(0), 1), true, at(121), settings(30, 120, 20)))
                .isPresent();
    }

    @Test
    void messagesAfterAPauseAreAnotherDump() {
        Heard one = DumpRule.heard(null, at(0), settings(30, 120, 0));
        Heard same = DumpRule.heard(one, at(29), settings(30, 120, 0));
        assertThat(same).isEqualTo(new Heard(at(0), at(29), 2));
        assertThat(DumpRule.heard(same, at(59), settings(30, 120, 0))).isEqualTo(new Heard(at(59), at(59), 1));
    }

    /** Against the dumbest way to say it: whoever sends without end keeps the power on for the limit and not a second longer. */
    @Property
    void noStreamOfMessagesKeepsThePowerOnBeyondTheLimit(
            @ForAll @Size(max = 60) List<@IntRange(max = 29) Integer> pauses, @ForAll @IntRange(max = 600) int asked) {
        KdumpSettings settings = settings(30, 120, 0);
        @Nullable Heard heard = null;
        int now = 0;
        int last = 0;
        for (int pause : pauses) {
            if (now + pause > asked) {
                break;
            }
            now += pause;
            last = now;
            heard = DumpRule.heard(heard, at(now), settings);
        }
        int first = pauses.isEmpty() || heard == null ? 0 : pauses.getFirst();
        boolean dumping = heard != null && asked < last + 30 && asked < first + 120;
        assertThat(DumpRule.of(heard, false, at(asked), settings).isPresent()).isEqualTo(dumping);
    }

    @Test
    void theMessageIsKnownInBothByteOrdersAndNothingElseIs() {
        byte[] little = {0x40, 0x2A, 0x30, 0x1B, 1, 0, 0, 0};
        byte[] big = {0x1B, 0x30, 0x2A, 0x40, 0, 0, 0, 1};
        assertThat(DumpMessage.is(little, 8)).isTrue();
        assertThat(DumpMessage.is(big, 8)).isTrue();
        assertThat(DumpMessage.is(little, 7)).isFalse();
        assertThat(DumpMessage.is(new byte[] {0x40, 0x2A, 0x30, 0x1B, 1, 0, 0, 0, 0}, 9))
                .isFalse();
        assertThat(DumpMessage.is(new byte[] {0x40, 0x2A, 0x30, 0x1B, 2, 0, 0, 0}, 8))
                .isFalse();
        assertThat(DumpMessage.is(new byte[] {0x40, 0x2A, 0x30, 0x1B, 0, 0, 0, 1}, 8))
                .as("mixed")
                .isFalse();
        assertThat(DumpMessage.is(new byte[8], 8)).isFalse();
    }

    @Test
    void settingsAreChecked() {
        assertThat(KdumpSettings.none().listen()).isNull();
        assertThatThrownBy(() -> settings(60, 30, 0))
                .hasMessage("fencing.kdump.limit must not be shorter than fencing.kdump.quiet (60s), is 30s");
        assertThatThrownBy(() -> settings(0, 30, 0))
                .hasMessage("fencing.kdump.quiet must be between 1s and 600s, is 0ms");
        assertThatThrownBy(() -> settings(30, 60, 301))
                .hasMessage("fencing.kdump.patience must be between 0s and 300s, is 301000ms");
        assertThatThrownBy(() -> of("kdump.example.net", 7410, Map.of()))
                .hasMessage("fencing.kdump.listen: kdump.example.net is not an IP address");
        assertThatThrownBy(() -> of(null, 70_000, Map.of()))
                .hasMessage("fencing.kdump.port must be between 0 and 65535, is 70000");
        assertThatThrownBy(() -> of(null, 1, Map.of("h1", List.of("h1.example.net"))))
                .hasMessage("fencing.kdump.hosts.h1: h1.example.net is not an IP address");
        assertThatThrownBy(() -> of(null, 1, Map.of("h1", List.of("192.0.2.1"), "h2", List.of("192.0.2.1"))))
                .hasMessageContaining("192.0.2.1 is the address of both");
    }

    private static KdumpSettings of(@Nullable String listen, int port, Map<String, List<String>> hosts) {
        KdumpSettings d = KdumpSettings.none();
        return new KdumpSettings(listen, port, hosts, d.quiet(), d.limit(), d.patience());
    }
}
