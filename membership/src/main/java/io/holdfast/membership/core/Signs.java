package io.holdfast.membership.core;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.HardwareSign;
import io.holdfast.membership.SlotSign;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is told of a host past its lease, its groups and its calls: by its slot on the shared storage, by its own agent, by its management
 * controller, and by others who look at its guests' disks.
 *
 * @param slot as it was read last, or null where nothing was ever read
 * @param words what the agent said last, or null
 * @param hardware what its management controller said last, or null
 */
record Signs(
        @Nullable Slot slot,
        @Nullable Words words,
        @Nullable Hardware hardware,
        Guests guests) {

    static final Signs NONE = new Signs(null, null, null, Guests.NOT_ASKED);

    /**
     * @param since when it was first read as it is now
     * @param readAt when it was read last
     */
    record Slot(SlotSign sign, Moment since, Moment readAt) {}

    /**
     * @param agentSession the agent that said so; another one knows nothing of it
     * @param heardAt when it was said last
     * @param readAt when all that agents had said was taken last
     * @param age as of then
     */
    record Words(String agentSession, List<Word> words, Moment heardAt, Moment readAt, AgentWords.Age age) {
        Words {
            words = List.copyOf(words);
        }

        Words read(Moment now, AgentWords.Age nowAge) {
            return new Words(agentSession, words, heardAt, now, nowAge);
        }

        /** Whether the agent itself says that it knows nothing. */
        boolean isUnknown() {
            return words.stream().allMatch(word -> word.finding().grade() == AgentHealth.Grade.UNKNOWN);
        }
    }

    /** @param since when the agent first gave this grade without a break */
    record Word(AgentHealth.Finding finding, Moment since) {}

    /**
     * @param since when the controller first gave this grade without a break
     * @param readAt when it was read last
     */
    record Hardware(HardwareSign sign, Moment since, Moment readAt) {}

    Signs read(SlotSign sign, Moment now) {
        Slot before = slot;
        boolean same = before != null && before.sign().getClass() == sign.getClass();
        return new Signs(new Slot(sign, before != null && same ? before.since() : now, now), words, hardware, guests);
    }

    /** Nobody reads the host's slot any more. */
    Signs unread() {
        return slot == null ? this : new Signs(null, words, hardware, guests);
    }

    Signs askedOfGuests(Moment now, Moment suspectedSince) {
        return new Signs(slot, words, hardware, guests.asked(now, suspectedSince));
    }

    Signs seen(Moment askedAt, GuestActivity activity) {
        return new Signs(slot, words, hardware, guests.seen(askedAt, activity));
    }

    Signs hardware(@Nullable HardwareSign sign, Moment now) {
        if (sign == null) {
            return new Signs(slot, words, null, guests);
        }
        Hardware before = hardware;
        boolean same = before != null && before.sign().grade() == sign.grade();
        return new Signs(slot, words, new Hardware(sign, before != null && same ? before.since() : now, now), guests);
    }

    Signs said(String agentSession, AgentHealth health, Moment now) {
        List<Word> said = health.findings().stream()
                .map(finding -> new Word(finding, since(agentSession, finding, now)))
                .toList();
        return new Signs(slot, new Words(agentSession, said, now, now, AgentWords.Age.FRESH), hardware, guests);
    }

    Signs read(Words nowWords) {
        return new Signs(slot, nowWords, hardware, guests);
    }

    private Moment since(String agentSession, AgentHealth.Finding finding, Moment now) {
        if (words == null || !words.agentSession().equals(agentSession)) {
            return now;
        }
        return words.words().stream()
                .filter(before -> before.finding().aspect() == finding.aspect()
                        && before.finding().grade() == finding.grade())
                .map(Word::since)
                .findFirst()
                .orElse(now);
    }
}
