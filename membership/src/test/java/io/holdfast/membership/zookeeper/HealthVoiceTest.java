package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an agent's word is worth after a while. */
class HealthVoiceTest {

    private static final long SAID_NANOS = Long.MAX_VALUE - 5;
    private static final Duration GOOD_FOR = Duration.ofSeconds(10);

    private static final AgentHealth HEALTH = new AgentHealth(List.of(
            new Finding(Aspect.LIBVIRT, Grade.BAD, "no answer for 3 s"), new Finding(Aspect.DISK, Grade.GOOD, "")));

    private static AgentHealth after(long millis) {
        return new HealthVoice.Said(HEALTH, SAID_NANOS, GOOD_FOR)
                .at(SAID_NANOS + Duration.ofMillis(millis).toNanos());
    }

    @Test
    void aWordHoldsForItsTimeAndIsUnknownFromThenOn() {
        assertThat(after(0)).isEqualTo(HEALTH);
        assertThat(after(9_999)).isEqualTo(HEALTH);
        assertThat(after(10_000))
                .isEqualTo(new AgentHealth(List.of(
                        new Finding(
                                Aspect.LIBVIRT,
                                Grade.UNKNOWN,
                                "nobody has looked for 10 s; before that bad: no answer for 3 s"),
                        new Finding(Aspect.DISK, Grade.UNKNOWN, "nobody has looked for 10 s; before that good"))));
        assertThat(after(3_600_000).findings()).allSatisfy(finding -> {
            assertThat(finding.grade()).isEqualTo(Grade.UNKNOWN);
            assertThat(finding.detail()).startsWith("nobody has looked for 3600 s; ");
        });
    }

    @Test
    void whatNobodyEverSaidStaysUnsaid() {
        assertThat(new HealthVoice.Said(AgentHealth.UNSAID, 0, GOOD_FOR).at(Long.MAX_VALUE / 2))
                .isEqualTo(AgentHealth.UNSAID);
    }

    @Test
    void anExpiredWordOfTheLongestDetailsStillFitsItsNode() throws Exception {
        AgentHealth longest = new AgentHealth(Arrays.stream(Aspect.values())
                .map(aspect -> new Finding(aspect, Grade.BAD, "x".repeat(400)))
                .toList());
        byte[] node =
                new HealthRecord("s1", new HealthVoice.Said(longest, 0, GOOD_FOR).at(Long.MAX_VALUE / 2)).encode(7);
        assertThat(node.length).isLessThan(HealthRecord.BYTES_MAX);
        assertThat(HealthRecord.decode(node).health().findings())
                .hasSize(Aspect.values().length)
                .allSatisfy(finding -> assertThat(finding.grade()).isEqualTo(Grade.UNKNOWN));
        assertThat(new String(node, StandardCharsets.UTF_8)).contains("nobody has looked for");
    }
}
