package io.holdfast.compute.core;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.RecoveryTerms;
import io.holdfast.compute.RecoveryTerms.Readiness;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads an instance's {@link RecoveryTerms} from its metadata.
 *
 * <p>All words of ours begin with {@code holdfast:}, and a word of that form that we do not know is refused where it is
 * written: on the day the host dies nobody corrects a typo. What is in the store already, for example from a later
 * release, is read leniently: a value that cannot be read says nothing.
 */
public final class TermsRule {

    public static final String PREFIX = "holdfast:";
    public static final String PRIORITY = "holdfast:priority";
    public static final String DEPENDS_ON = "holdfast:depends-on";
    public static final String READY = "holdfast:ready";
    public static final String ON_HOST_FAILURE = "holdfast:on-host-failure";
    public static final String RESTART_LIMIT = "holdfast:restart-limit";
    public static final String RELOCATE_LIMIT = "holdfast:relocate-limit";

    public static final String FAILBACK = "holdfast:failback";

    /** {@code SECONDS}, {@code SECONDS:ANSWER} or {@code never}. */
    public static final String SAY = "holdfast:say";

    private static final List<String> KEYS = List.of(
            DEPENDS_ON, FAILBACK, ON_HOST_FAILURE, PRIORITY, READY, PolicyRule.KEY, RELOCATE_LIMIT, RESTART_LIMIT, SAY);

    private static final int PRIORITY_MAX = 1000;
    private static final int RESTARTS_MAX = 10;
    private static final int RELOCATIONS_MAX = 20;
    private static final int READY_SECONDS_MAX = 3600;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
    private static final int DEPENDENCIES_MAX = 16;
    private static final String AFTER = "after:";
    private static final String NEVER = "never";

    private TermsRule() {}

    /** What the metadata says; throws {@link ComputeException} INVALID with the known words when it says nonsense. */
    public static RecoveryTerms parse(Map<String, String> metadata) {
        for (String key : new TreeSet<>(metadata.keySet())) {
            if (key.startsWith(PREFIX)
                    && !KEYS.contains(key)
                    && !GuestTermsRule.keys().contains(key)) {
                throw invalid("metadata '" + key + "' is not known; the words are "
                        + Stream.concat(KEYS.stream(), GuestTermsRule.keys().stream())
                                .sorted()
                                .collect(Collectors.joining(", ")));
            }
        }
        return new RecoveryTerms(
                number(metadata, PRIORITY, 0, PRIORITY_MAX),
                dependsOn(metadata.get(DEPENDS_ON)),
                readiness(metadata.get(READY)),
                onHostFailure(metadata.get(ON_HOST_FAILURE)),
                number(metadata, RESTART_LIMIT, 0, RESTARTS_MAX),
                number(metadata, RELOCATE_LIMIT, 1, RELOCATIONS_MAX),
                failback(metadata.get(FAILBACK)),
                say(metadata.get(SAY)));
    }

    /** The same of what is stored: each word that cannot be read counts as not said. */
    public static RecoveryTerms read(Map<String, String> metadata) {
        Map<String, String> readable = new HashMap<>();
        for (String key : KEYS) {
            String value = metadata.get(key);
            if (value != null && isReadable(key, value)) {
                readable.put(key, value);
            }
        }
        return readable.isEmpty() ? RecoveryTerms.NONE : parse(readable);
    }

    private static boolean isReadable(String key, String value) {
        try {
            return parse(Map.of(key, value)) != null;
        } catch (ComputeException unreadable) {
            return false;
        }
    }

    private static @Nullable Integer number(Map<String, String> metadata, String key, int min, int max) {
        String value = metadata.get(key);
        if (value == null) {
            return null;
        }
        boolean isNumber = NUMBER.matcher(value).matches();
        if (!isNumber || Integer.parseInt(value) < min || Integer.parseInt(value) > max) {
            throw invalid(
                    "metadata " + key + " must be a whole number from " + min + " to " + max + ", is '" + value + "'");
        }
        return Integer.valueOf(value);
    }

    private static List<String> dependsOn(@Nullable String value) {
        if (value == null || value.isBlank()) {
            return List.of();
        }
        List<String> named = Arrays.stream(value.split(",", -1))
                .map(String::strip)
                .distinct()
                .toList();
        if (named.contains("")) {
            throw invalid("metadata " + DEPENDS_ON + " must be ids or names of instances, separated by commas, is '"
                    + value + "'");
        }
        if (named.size() > DEPENDENCIES_MAX) {
            throw invalid("metadata " + DEPENDS_ON + " may name at most " + DEPENDENCIES_MAX + " instances, these are "
                    + named.size());
        }
        return named;
    }

    private static Readiness readiness(@Nullable String value) {
        if (value == null || value.equals("running")) {
            return new Readiness.Running();
        }
        if (value.equals("heartbeat")) {
            return new Readiness.Heartbeat();
        }
        String seconds = value.startsWith(AFTER) ? value.substring(AFTER.length()) : "";
        if (NUMBER.matcher(seconds).matches() && Integer.parseInt(seconds) <= READY_SECONDS_MAX) {
            return new Readiness.After(Duration.ofSeconds(Integer.parseInt(seconds)));
        }
        throw invalid("metadata " + READY + " must be running, heartbeat or after:SECONDS (0 to " + READY_SECONDS_MAX
                + "), is '" + value + "'");
    }

    private static InstanceGoal onHostFailure(@Nullable String value) {
        if (value == null || value.equals("running")) {
            return InstanceGoal.RUNNING;
        }
        if (value.equals("stopped")) {
            return InstanceGoal.STOPPED;
        }
        throw invalid("metadata " + ON_HOST_FAILURE + " must be running or stopped, is '" + value + "'");
    }

    private static boolean failback(@Nullable String value) {
        if (value == null || value.equals("false")) {
            return false;
        }
        if (value.equals("true")) {
            return true;
        }
        throw invalid("metadata " + FAILBACK + " must be true or false, is '" + value + "'");
    }

    private static @Nullable SayTerms say(@Nullable String value) {
        if (value == null) {
            return null;
        }
        if (value.equals(NEVER)) {
            return SayTerms.NEVER;
        }
        int colon = value.indexOf(':');
        String seconds = colon < 0 ? value : value.substring(0, colon);
        SayAnswer otherwise = colon < 0
                ? SayAnswer.RECOVER
                : SayAnswer.parse(value.substring(colon + 1)).orElse(null);
        boolean isTime = NUMBER.matcher(seconds).matches()
                && Integer.parseInt(seconds) >= SayTerms.SHORTEST.toSeconds()
                && Integer.parseInt(seconds) <= SayTerms.LONGEST.toSeconds();
        if (!isTime || otherwise == null) {
            throw invalid("metadata " + SAY + " must be never, SECONDS or SECONDS:ANSWER ("
                    + SayTerms.SHORTEST.toSeconds() + " to " + SayTerms.LONGEST.toSeconds()
                    + "; recover, leave or stopped), is '" + value + "'");
        }
        return new SayTerms(Duration.ofSeconds(Integer.parseInt(seconds)), otherwise);
    }

    /** As {@link #SAY} has it. */
    public static String word(SayTerms say) {
        return say.asks() ? say.within().toSeconds() + ":" + say.otherwise().word() : NEVER;
    }

    private static ComputeException invalid(String message) {
        return new ComputeException(Kind.INVALID, message);
    }
}
