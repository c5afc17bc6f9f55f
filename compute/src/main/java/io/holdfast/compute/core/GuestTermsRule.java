package io.holdfast.compute.core;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.WatchdogAction;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads {@link GuestTerms} from where they may be written.
 *
 * <p>For each failure strongest first: the instance's metadata, its flavor's extra specs, its image's properties, the
 * deployment's default. The watchdog has Nova's own order, in which the image is stronger than the flavor: whoever made the
 * image knows whether there is anybody inside who pets.
 *
 * <p>A word that cannot be read is refused where it is written, and says nothing where it is stored already.
 */
public final class GuestTermsRule {

    public static final String WATCHDOG = "hw:watchdog_action";
    public static final String IMAGE_WATCHDOG = "hw_watchdog_action";

    private static final String AUTOMATIC = "automatic";
    private static final String NOTIFY = "notify";

    /** What is written about each failure; as image properties spell it, with underscores throughout. */
    private static final Map<GuestFailure, String> KEYS = new EnumMap<>(Map.of(
            GuestFailure.PANICKED, "holdfast:on-guest-panic",
            GuestFailure.LOST, "holdfast:on-guest-lost",
            GuestFailure.STOPPED, "holdfast:on-guest-stop",
            GuestFailure.SILENT, "holdfast:on-guest-silent",
            GuestFailure.UNHEALTHY, "holdfast:on-guest-unhealthy"));

    private GuestTermsRule() {}

    /** The words that may stand in an instance's metadata. */
    static List<String> keys() {
        return KEYS.values().stream().sorted().toList();
    }

    /** @param defaults after which failures a guest is begun anew of which nobody says anything */
    public static GuestTerms resolve(
            Map<String, String> metadata,
            Map<String, String> extraSpecs,
            Map<String, String> imageProperties,
            Set<GuestFailure> defaults) {
        EnumSet<GuestFailure> restarted = EnumSet.noneOf(GuestFailure.class);
        KEYS.forEach((failure, key) -> {
            if (word(metadata, key)
                    .or(() -> word(extraSpecs, key))
                    .or(() -> word(imageProperties, key.replace(':', '_').replace('-', '_')))
                    .or(() -> word(imageProperties, key))
                    .orElse(defaults.contains(failure))) {
                restarted.add(failure);
            }
        });
        WatchdogAction watchdog = watchdog(imageProperties, IMAGE_WATCHDOG)
                .or(() -> watchdog(extraSpecs, WATCHDOG))
                .orElse(WatchdogAction.DISABLED);
        return new GuestTerms(watchdog, restarted);
    }

    /** Refuses words of ours that mean nothing, wherever they are written. */
    public static void check(Map<String, String> words, String where) {
        for (String key : List.of(WATCHDOG, IMAGE_WATCHDOG)) {
            String value = words.get(key);
            if (value != null && WatchdogAction.parse(value).isEmpty()) {
                throw new ComputeException(
                        Kind.INVALID,
                        where + " " + key + " must be one of "
                                + Arrays.stream(WatchdogAction.values())
                                        .map(WatchdogAction::word)
                                        .collect(Collectors.joining(", "))
                                + ", is '" + value + "'");
            }
        }
        for (String key : keys()) {
            for (String spelled : List.of(key, key.replace(':', '_').replace('-', '_'))) {
                String value = words.get(spelled);
                if (value != null && !value.equals(AUTOMATIC) && !value.equals(NOTIFY)) {
                    throw new ComputeException(
                            Kind.INVALID, where + " " + spelled + " must be automatic or notify, is '" + value + "'");
                }
            }
        }
    }

    private static Optional<Boolean> word(Map<String, String> from, String key) {
        return switch (from.get(key)) {
            case AUTOMATIC -> Optional.of(true);
            case NOTIFY -> Optional.of(false);
            case null, default -> Optional.empty();
        };
    }

    private static Optional<WatchdogAction> watchdog(Map<String, String> from, String key) {
        return Optional.ofNullable(from.get(key)).flatMap(WatchdogAction::parse);
    }
}
