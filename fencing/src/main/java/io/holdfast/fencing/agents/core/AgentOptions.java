package io.holdfast.fencing.agents.core;

import io.holdfast.fencing.agents.core.AgentMetadata.Parameter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** What is said to an agent on its standard input, and whether the agent understands it. */
public final class AgentOptions {

    /**
     * All that is written to an agent, in bytes. A pipe takes so much without anybody reading, so an agent that does not
     * read cannot hold us up.
     */
    static final int INPUT_BYTES_MAX = 4096;

    /** Parameters that are not for settings, and why. */
    private static final Map<String, String> OURS = Map.ofEntries(
            Map.entry("action", "is said by the controller"),
            Map.entry("option", "is said by the controller"),
            Map.entry("help", "is no option of a device"),
            Map.entry("version", "is no option of a device"),
            Map.entry("delay", "has its place in fencing.levels"),
            Map.entry("quiet", "would hide why the agent fails"),
            Map.entry("verbose", "would have the agent write passwords to the system's log"),
            Map.entry("verbose_level", "would have the agent write passwords to the system's log"),
            Map.entry("debug", "would have the agent write passwords to a file"),
            Map.entry("debug_file", "would have the agent write passwords to a file"),
            Map.entry("missing_as_off", "would make a plug that does not exist prove that a host is off"));

    private AgentOptions() {}

    /** Whether the settings may say something about this parameter. */
    public static boolean configurable(Parameter parameter) {
        return !parameter.deprecated() && reserved(parameter.name()).isEmpty();
    }

    /** Whether the value belongs into a file that only its owner may read, and not into the settings. */
    public static boolean secret(String name) {
        return name.matches("(.*_)?(passwd|password|secret|secret_key|token|apikey|api_key|community|kg)");
    }

    /**
     * What is wrong with these options for this agent; nothing if they are good. No line contains a value of a secret.
     *
     * @param options by the parameter's name
     * @param secrets the same for values that come from files
     */
    public static List<String> problems(AgentMetadata agent, Map<String, String> options, Secrets secrets) {
        List<String> problems = new ArrayList<>();
        Map<String, String> all = new TreeMap<>(options);
        all.putAll(secrets.values());
        all.forEach((name, value) -> {
            boolean hidden = secrets.values().containsKey(name);
            String key = (hidden ? "secrets." : "options.") + name;
            Optional<String> reserved = reserved(name);
            Optional<Parameter> parameter = agent.parameter(name);
            if (reserved.isPresent()) {
                problems.add(key + " " + reserved.get());
            } else if (parameter.isEmpty()) {
                problems.add(key + " is not known to the agent; " + known(agent, name));
            } else if (parameter.get().deprecated()) {
                problems.add(key + " is an old name; " + successor(agent, name));
            } else {
                wrong(parameter.get(), value, hidden).ifPresent(why -> problems.add(key + " " + why));
            }
        });
        for (Parameter parameter : agent.parameters()) {
            if (parameter.required() && configurable(parameter) && !all.containsKey(parameter.name())) {
                problems.add("options." + parameter.name() + " is missing; the agent requires it ("
                        + parameter.description() + ")");
            }
        }
        if (problems.isEmpty()
                && input(AgentAction.MONITOR, options, secrets).getBytes(StandardCharsets.UTF_8).length
                        > INPUT_BYTES_MAX) {
            problems.add("options and secrets are longer than " + INPUT_BYTES_MAX + " bytes together");
        }
        return problems;
    }

    /** What is written to the agent's standard input. Contains the secrets; not for any log. */
    public static String input(AgentAction action, Map<String, String> options, Secrets secrets) {
        StringBuilder input = new StringBuilder("action=" + action.word() + "\n");
        new TreeMap<>(options).forEach((name, value) -> input.append(name + "=" + value + "\n"));
        secrets.values().forEach((name, value) -> input.append(name + "=" + value + "\n"));
        return input.toString();
    }

    private static Optional<String> reserved(String name) {
        String plain = name.replace('-', '_');
        return plain.endsWith("_script")
                ? Optional.of("would have the agent run a program for its secret; write the secret into a file and name"
                        + " that under secrets")
                : Optional.ofNullable(OURS.get(plain));
    }

    private static String known(AgentMetadata agent, String wanted) {
        String plain = plain(wanted);
        for (Parameter parameter : agent.parameters()) {
            if (configurable(parameter) && plain(parameter.name()).equals(plain)) {
                return "did you mean '" + parameter.name() + "'?";
            }
        }
        TreeSet<String> names = new TreeSet<>();
        agent.parameters().stream().filter(AgentOptions::configurable).forEach(each -> names.add(each.name()));
        return "it knows " + String.join(", ", names);
    }

    private static String plain(String name) {
        return name.replaceAll("[_-]", "").toLowerCase(Locale.ROOT);
    }

    private static String successor(AgentMetadata agent, String old) {
        return agent.parameters().stream()
                .filter(each -> !each.deprecated() && old.equals(each.replaces()))
                .map(each -> "it is called '" + each.name() + "' now")
                .findFirst()
                .orElse("the agent gives it up");
    }

    /** Why the value will not do; does not repeat it if it is hidden. */
    private static Optional<String> wrong(Parameter parameter, String value, boolean hidden) {
        String is = hidden ? "" : ", is '" + value + "'";
        if (value.isEmpty()) {
            return Optional.of("must not be empty");
        }
        if (value.chars().anyMatch(Character::isISOControl)) {
            return Optional.of("must be one line without control characters");
        }
        if (!value.strip().equals(value) || (value.length() > 1 && value.startsWith("\"") && value.endsWith("\""))) {
            return Optional.of("must not begin and end with blanks or quotation marks, which agents take away" + is);
        }
        return switch (parameter.type()) {
            case STRING -> Optional.empty();
            case INTEGER ->
                value.matches("-?[0-9]{1,9}") ? Optional.empty() : Optional.of("must be a whole number" + is);
            case SECOND ->
                value.matches("[0-9]{1,9}")
                        ? Optional.empty()
                        : Optional.of("must be a whole number of seconds without a unit" + is);
            case BOOLEAN ->
                value.toLowerCase(Locale.ROOT).matches("1|0|yes|no|on|off|true|false")
                        ? Optional.empty()
                        : Optional.of("must be true or false" + is);
            case SELECT ->
                parameter.choices().contains(value)
                        ? Optional.empty()
                        : Optional.of("must be one of " + String.join(", ", parameter.choices()) + is);
        };
    }
}
