package io.holdfast.notifications.core;

import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a project is shown of a fact.
 *
 * <p>A project may know that two of its instances were on one host, and not which host that was. So values that are a
 * host are replaced by {@link HostId#opaqueTo}; the words for people lose the names of hosts and addresses; and what
 * nobody has said to be fit for a project is left out, so that a new value in a fact is hidden until somebody thinks of
 * it.
 *
 * <p>Operators are shown everything.
 */
public final class Veil {

    /** Values that are the name of a host, and what they are called when it is hidden. */
    static final Map<String, String> HOSTS = Map.of(
            "host",
            "hostId",
            "destination",
            "destinationHostId",
            "from",
            "fromHostId",
            "answeredHost",
            "answeredHostId");

    /** Words for people. */
    private static final Set<String> TEXTS = Set.of("reason", "answeredBy");

    /** Values that say nothing of the machine room. */
    private static final Set<String> PLAIN = Set.of(
            "instanceId",
            "name",
            "policy",
            "caseId",
            "moveId",
            "suspectedAt",
            "sinceSuspicionMillis",
            "correlation",
            "deadline",
            "default",
            "answers",
            "answerAt",
            "answer",
            "test",
            "message");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern ADDRESS =
            Pattern.compile("(?<![\\w.])\\d{1,3}(\\.\\d{1,3}){3}(:\\d{1,5})?(?![\\w.]*\\d)"
                    + "|(?<![\\w:])(?=[0-9a-fA-F:]*::|(?:[0-9a-fA-F]+:){4})[0-9a-fA-F]*(:[0-9a-fA-F]*){2,7}");

    /** Enough to tell hosts apart in a sentence, and the beginning of the value that stands beside it. */
    private static final int SHORT = 12;

    private Veil() {}

    /**
     * The fact as this subscriber may see it.
     *
     * @param subscriber the subscriber's project, or null for an operator
     * @param hostNames every host that there is
     */
    public static Fact over(Fact fact, @Nullable ProjectId subscriber, Set<String> hostNames) {
        if (subscriber == null) {
            return fact;
        }
        Set<String> hidden = new LinkedHashSet<>(hostNames);
        HOSTS.keySet().forEach(key -> {
            if (fact.data().get(key) instanceof String host) {
                hidden.add(host);
            }
        });
        Map<String, Object> shown = new LinkedHashMap<>();
        fact.data().forEach((key, value) -> {
            String other = HOSTS.get(key);
            if (other != null && value instanceof String host) {
                shown.put(other, opaque(host, subscriber));
            } else if (TEXTS.contains(key)) {
                shown.put(key, text(String.valueOf(value), subscriber, hidden));
            } else if (PLAIN.contains(key)) {
                shown.put(key, value);
            }
        });
        // Whoever sees no host's name cannot compute it, and must still see what belongs together.
        var correlation = FaultRecord.correlation(fact);
        if (correlation != null) {
            shown.put("correlation", correlation.toString());
        }
        String subject = fact.subject().startsWith("host/")
                ? "host/" + opaque(fact.subject().substring("host/".length()), subscriber)
                : fact.subject();
        return new Fact(fact.id(), fact.type(), subject, fact.project(), fact.at(), shown);
    }

    /** A sentence without the names of hosts and without addresses. */
    public static String text(String text, ProjectId reader, Set<String> hostNames) {
        Set<String> folded = new LinkedHashSet<>();
        hostNames.forEach(name -> folded.add(fold(name)));
        String nameless =
                NAME.matcher(text).replaceAll(found -> Matcher.quoteReplacement(word(found.group(), reader, folded)));
        return ADDRESS.matcher(nameless).replaceAll("(an address)");
    }

    /**
     * A name may be part of a longer word ({@code h1.example.net}, {@code tap-h1}), so every part of it that begins and
     * ends at a separator is looked up, the longest first.
     */
    private static String word(String word, ProjectId reader, Set<String> folded) {
        StringBuilder shown = new StringBuilder();
        int from = 0;
        while (from < word.length()) {
            int end = word.length();
            while (end > from && !(isEdge(word, from, end) && folded.contains(fold(word.substring(from, end))))) {
                end--;
            }
            if (end > from) {
                shown.append(opaque(word.substring(from, end), reader), 0, SHORT);
                from = end;
            } else {
                shown.append(word.charAt(from));
                from++;
            }
        }
        return shown.toString();
    }

    private static boolean isEdge(String word, int from, int end) {
        return (from == 0 || isSeparator(word.charAt(from - 1)))
                && (end == word.length() || isSeparator(word.charAt(end)));
    }

    private static boolean isSeparator(char c) {
        return c == '.' || c == '-' || c == '_';
    }

    private static String fold(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private static String opaque(String host, ProjectId reader) {
        return HostId.of(host).opaqueTo(reader);
    }
}
