package io.holdfast.fencing.agents.core;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values that must not be seen, and the removal of them from texts that came from an agent.
 *
 * <p>Agents repeat what they were told in their messages: a command line with a password in it, a URL, a header. So each
 * value is looked for as it is and in the forms in which it travels. Whatever stands behind a word that means password is
 * removed too, also when it is not ours.
 */
public final class Secrets {

    private static final String REMOVED = "[removed]";

    private static final Pattern NAMED = Pattern.compile(
            "(?i)\\b((?:[a-z0-9_-]*(?:passwd|password|secret|token|community|apikey|api_key))\\s*[=:]\\s*)"
                    + "(\"[^\"]*\"|'[^']*'|\\S+)");

    private final Map<String, String> values;
    private final List<String> forms;

    /** @param values by the parameter's name */
    public Secrets(Map<String, String> values) {
        this.values = new TreeMap<>(values);
        List<String> all = new ArrayList<>();
        for (String value : values.values()) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            all.add(value);
            all.add(URLEncoder.encode(value, StandardCharsets.UTF_8));
            all.add(URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20"));
            all.add(Base64.getEncoder().encodeToString(bytes));
            all.add(value.replace("'", "'\"'\"'"));
            all.add(value.replace("'", "'\\''"));
            all.add(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("'", "\\'"));
            all.add(value.replace("\\", "\\\\").replace("\"", "\\\""));
        }
        // The longest first: a form that contains another must not be left behind as a rest around it.
        forms = all.stream()
                .distinct()
                .filter(form -> !form.isEmpty())
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** No secrets at all. */
    public static Secrets none() {
        return new Secrets(Map.of());
    }

    /** Whether the agent is given a password. */
    public boolean hasPassword() {
        return values.containsKey(AgentArguments.PASSWORD);
    }

    Map<String, String> values() {
        return values;
    }

    /** The text without them. */
    public String removedFrom(String text) {
        String clean = text;
        for (String form : forms) {
            clean = clean.replace(form, REMOVED);
        }
        return NAMED.matcher(clean).replaceAll("$1" + Matcher.quoteReplacement(REMOVED));
    }

    @Override
    public String toString() {
        return values.keySet() + " (values not shown)";
    }
}
