package io.holdfast.membership.jgroups;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.Network;
import io.holdfast.membership.cut.LocalHealth;
import io.holdfast.membership.cut.Member;
import io.holdfast.model.HostId;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TalkTest {

    private static final Talk.Report REPORT = new Talk.Report(
            new Network("storage"),
            1234567890123L,
            new LocalHealth(7),
            Set.of(Member.host(HostId.of("h1"), "s1"), Member.controller("c1", "s2")),
            Set.of(Member.host(HostId.of("h3"), "s1")),
            Set.of(Member.host(HostId.of("h2"), "s3")));

    @Test
    void whatIsSaidIsUnderstood() {
        for (Talk talk : new Talk[] {new Talk.Question(false), new Talk.Question(true), new Talk.Answer(), REPORT}) {
            assertThat(Talk.decode(talk.encode())).contains(talk);
        }
    }

    @Test
    void theLongestReportFits() {
        Set<Member> members = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            members.add(Member.host(HostId.of("h".repeat(60) + i), "01234567-89ab-cdef-0123-456789abcdef"));
        }
        Talk.Report report = new Talk.Report(Network.MANAGEMENT, 1, new LocalHealth(0), members, Set.of(), Set.of());
        assertThat(Talk.decode(report.encode())).contains(report);
    }

    @Test
    void aReportThatWasCutShortOrHasMoreIsNone() {
        byte[] whole = REPORT.encode();
        for (int length = 0; length < whole.length; length++) {
            assertThat(Talk.decode(Arrays.copyOf(whole, length))).isEmpty();
        }
        assertThat(Talk.decode(Arrays.copyOf(whole, whole.length + 1))).isEmpty();
    }

    @Property
    void noiseIsNoneAndDoesNoHarm(@ForAll @Size(max = 200) byte[] noise, @ForAll @IntRange(max = 5) int kind) {
        byte[] bytes = noise.clone();
        if (bytes.length > 0) {
            bytes[0] = (byte) kind;
        }
        Talk.decode(bytes)
                .ifPresent(talk -> assertThat(Talk.decode(talk.encode())).contains(talk));
    }
}
