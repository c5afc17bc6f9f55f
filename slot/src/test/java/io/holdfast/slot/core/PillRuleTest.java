package io.holdfast.slot.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.core.PillRule.Ruling;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may be written over what; {@code SlotDeviceTest} has the same on a device. */
final class PillRuleTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");
    private static final long FRESH = 1_000;

    private static Pill pill(String boot, long leader) {
        return new Pill(H1, boot, null, LeaderEpoch.of(leader), "c" + leader, "silent", NOON);
    }

    private static SlotReading slot(HostId claimed, Content<Pill> pill) {
        return new SlotReading(
                3,
                new Content.Written<>(1, new Claim(claimed, "boot-b", NOON)),
                new Content.Empty<>(0),
                pill,
                new Content.Empty<>(0));
    }

    /** A pill of leader 5 for boot-a is there, with sequence 7. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            boot-a | 5 | Said[answer=Done[value=7]]
            boot-a | 4 | a pill of leader epoch 5 is there, and this one is of 4
            boot-a | 6 | there is a pill for this life already, by c5
            boot-b | 4 | a pill of leader epoch 5 is there, and this one is of 4
            boot-b | 5 | Write[sequence=8]
            boot-b | 6 | Write[sequence=8]
            """)
    void aPillIsNotTakenFromALifeNorByAnOlderLeader(String boot, long leader, String expected) {
        Ruling ruling = PillRule.rule(slot(H1, new Content.Written<>(7, pill("boot-a", 5))), pill(boot, leader), FRESH);
        assertThat(ruling.toString()).contains(expected);
    }

    @Test
    void anEmptyPlaceIsWrittenAndOneThatCannotBeReadIsWrittenOver() {
        assertThat(PillRule.rule(slot(H1, new Content.Empty<>(7)), pill("boot-b", 1), FRESH))
                .isEqualTo(new Ruling.Write(8));
        assertThat(PillRule.rule(slot(H1, new Content.Unreadable<>("torn")), pill("boot-b", 1), FRESH))
                .isEqualTo(new Ruling.Write(FRESH));
    }

    @Test
    void aSlotOfAnotherHostOrOfNobodyTakesNone() {
        Ruling refused = new Ruling.Said(new Answer.Refused<>("slot 3 is not h1's now"));
        assertThat(PillRule.rule(slot(HostId.of("h2"), new Content.Empty<>(0)), pill("boot-b", 1), FRESH))
                .isEqualTo(refused);
        SlotReading torn = new SlotReading(
                3,
                new Content.Unreadable<>("torn"),
                new Content.Empty<>(0),
                new Content.Empty<>(0),
                new Content.Empty<>(0));
        assertThat(PillRule.rule(torn, pill("boot-b", 1), FRESH)).isEqualTo(refused);
    }
}
