package io.holdfast.scheduler;

import io.holdfast.scheduler.AdvisorySettings.Effect;
import java.util.Map;
import java.util.TreeMap;

/**
 * What somebody outside says of a host, as far as it is in force now. Absent or out of date it does not exist, and blocks nothing.
 *
 * @param advisories by kind, what is said and by whom, for people
 * @param weight points that the host gets for being this host, before its multiplier; 0 for none
 */
public record Outside(Map<String, String> advisories, double weight) {

    /** How a kind is spelled. */
    public static final String KIND = "[a-z][a-z0-9-]{0,63}";

    public static final Outside NONE = new Outside(Map.of(), 0);

    public Outside {
        advisories = Map.copyOf(advisories);
    }

    /** The strongest. */
    public Effect effect(AdvisorySettings settings) {
        Effect strongest = Effect.TELL;
        for (String kind : advisories.keySet()) {
            Effect effect = settings.effect(kind);
            if (effect.compareTo(strongest) > 0) {
                strongest = effect;
            }
        }
        return strongest;
    }

    /** What the host loses by the strongest; 0 or less. */
    public double advisoryPoints(AdvisorySettings settings) {
        Effect effect = effect(settings);
        // Not a negative zero where nothing is said: it would be another number than what is left out.
        return effect == Effect.TELL ? 0 : -settings.multiplier() * effect.points();
    }

    /** Those that close the host, in words for people. */
    String closing(AdvisorySettings settings) {
        StringBuilder words = new StringBuilder();
        new TreeMap<>(advisories).forEach((kind, said) -> {
            if (settings.effect(kind).isClosing()) {
                words.append(words.isEmpty() ? "" : "; ").append(kind);
                words.append(said.isEmpty() ? "" : ", " + said);
            }
        });
        return words.toString();
    }
}
