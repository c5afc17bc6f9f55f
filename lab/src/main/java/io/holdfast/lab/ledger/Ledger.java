package io.holdfast.lab.ledger;

import java.util.List;
import java.util.Optional;

/**
 * What a guest has written down.
 *
 * @param name from the header
 * @param current the last beat; empty before the first
 * @param boots the last 64 boots at most, oldest first
 * @param beats the last 1024 beats at most, lowest number first; none above {@code current}
 * @param splitBrain the mark of a second writer, if one was ever noticed
 */
public record Ledger(
        String name, Optional<Beat> current, List<Boot> boots, List<Beat> beats, Optional<SplitBrain> splitBrain) {

    public Ledger {
        boots = List.copyOf(boots);
        beats = List.copyOf(beats);
    }

    /**
     * One number, written by one boot.
     *
     * @param bootId never zero; 64 bits without meaning, print as hexadecimal
     * @param bootCount which boot this is, from 1
     * @param sequence the number, from 1, going on over boots
     */
    public record Beat(long bootId, long bootCount, long sequence) {}

    /** One life of the guest and the first number it wrote. */
    public record Boot(long bootId, long bootCount, long firstSequence) {}

    /**
     * A second writer, as the guest noticed it last.
     *
     * @param bootId who noticed
     * @param sequence the noticing boot's own number then
     * @param foreignBootId who had written where our last beat should have been
     * @param foreignSequence the number found there
     * @param detectionCount how often this boot noticed so far
     */
    public record SplitBrain(
            long bootId, long sequence, long foreignBootId, long foreignSequence, long detectionCount) {}
}
