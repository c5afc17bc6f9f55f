package io.holdfast.server.settings;

import io.holdfast.server.settings.SettingsException.Problem;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Lays a YAML file over default settings and builds the records that the processes are made from.
 *
 * <p>The work is driven by the record types, not by the file: for each component of the root record its kebab-case key
 * is looked up; a nested record goes one level deeper; what the file does not say comes from the defaults (the value in
 * the given defaults, else the record's own {@code defaults()}). So the set of keys that exist is exactly the set of
 * components, and what is left over in the file is by definition unknown.
 *
 * <p>We read YAML's node tree and not the objects that a YAML library would make of it, for two reasons: nodes know
 * their line, and YAML's own guesses ({@code 1:30} is the number 90, {@code no} is false, {@code 010} is eight) never
 * happen. The text that stands in the file is what is parsed, by the type of the component.
 *
 * <p>Types: String, boolean, int, long, double, {@link Duration}, {@link Path} (relative to the settings file), {@link
 * URI}, enums (kebab-case), records, sealed interfaces of records, {@code List} and {@code Map} of these. Which record of a
 * sealed interface is meant says the key {@code type} ({@code Redfish} is {@code redfish}); without it, it is the one that the
 * interface's static {@code kindByDefault()} names. A record with a single component may be
 * written as that component alone, so {@code HostId} is a word; and as one element, if the component is a list of one. A component may be absent if it has a default or is
 * {@code @Nullable}; otherwise the file must have it.
 */
public final class SettingsLoader {

    /** Ours have a few kilobytes; a file beyond this is not a settings file, and is not read into memory. */
    private static final int SIZE_LIMIT_BYTES = 1024 * 1024;

    private static final int NESTING_LIMIT = 32;

    /** Says "this value could not be made, the reason is already among the problems". */
    private static final Object FAILED = new Object();

    private final Path file;
    private final Path directory;
    private final boolean tellsAllKeys;
    private final List<Problem> problems = new ArrayList<>();

    private SettingsLoader(Path file, boolean tellsAllKeys) {
        this.file = file;
        this.tellsAllKeys = tellsAllKeys;
        this.directory = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a directory");
    }

    /**
     * Reads a file over the given defaults.
     *
     * @throws SettingsException if anything in the file is not right; it names every mistake
     */
    public static <T extends Record> T load(Path file, T defaults) {
        @SuppressWarnings("unchecked") // getClass() of a T; a record type has no subclasses
        Class<T> type = (Class<T>) defaults.getClass();
        return load(file, type, defaults);
    }

    /**
     * Reads a file; where the file is silent, {@code defaults} speaks, and where there are none, the record's own
     * static {@code defaults()} method, if it has one.
     *
     * @throws SettingsException if anything in the file is not right, or something required is missing
     */
    public static <T extends Record> T load(Path file, Class<T> type, @Nullable T defaults) {
        return new SettingsLoader(file, false).load(type, defaults);
    }

    /**
     * Reads a file that somebody writes without a sample beside it: an unknown key is answered with all keys that could
     * stand there, also when one of them is near enough to be suggested.
     *
     * @throws SettingsException if anything in the file is not right, or something required is missing
     */
    public static <T extends Record> T loadTellingAllKeys(Path file, Class<T> type, @Nullable T defaults) {
        return new SettingsLoader(file, true).load(type, defaults);
    }

    private <T extends Record> T load(Class<T> type, @Nullable T defaults) {
        String text = read();
        Object made = FAILED;
        try {
            made = document(text, type, defaults);
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
            problem(line, "is not YAML: " + e.getProblem() + (text.indexOf('\t') < 0 ? "" : tabsHint()));
        } catch (YAMLException e) {
            problem(0, "is not YAML: " + e.getMessage());
        }
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return type.cast(made);
    }

    private static String tabsHint() {
        return " (the file has tab characters; YAML indents with spaces)";
    }

    private String read() {
        try {
            if (Files.isDirectory(file)) {
                problem(0, "is a directory, not a settings file");
            } else if (Files.size(file) > SIZE_LIMIT_BYTES) {
                problem(0, "is larger than " + SIZE_LIMIT_BYTES / 1024 + " KiB, which no settings file is");
            } else {
                return Files.readString(file);
            }
        } catch (NoSuchFileException e) {
            problem(0, "there is no such file");
        } catch (AccessDeniedException e) {
            problem(0, "may not be read by user " + System.getProperty("user.name"));
        } catch (CharacterCodingException e) {
            problem(0, "is not UTF-8 text");
        } catch (IOException e) {
            problem(0, "cannot be read: " + e);
        }
        throw new SettingsException(problems);
    }

    private Object document(String text, Class<? extends Record> type, @Nullable Record defaults) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setCodePointLimit(SIZE_LIMIT_BYTES);
        options.setNestingDepthLimit(NESTING_LIMIT);
        options.setAllowRecursiveKeys(false);
        Node root = new Yaml(new SafeConstructor(options)).compose(new StringReader(text));
        if (root == null || isNull(root)) {
            root = new MappingNode(Tag.MAP, List.of(), org.yaml.snakeyaml.DumperOptions.FlowStyle.BLOCK);
        }
        return nonNull(record("", root, type, defaults));
    }

    private static Object nonNull(@Nullable Object made) {
        return made == null ? FAILED : made;
    }

    // --- records ---

    private @Nullable Object record(String prefix, Node node, Class<? extends Record> type, @Nullable Record defaults) {
        RecordComponent[] components = type.getRecordComponents();
        if (!(node instanceof MappingNode mapping)) {
            if (components.length == 1
                    && (node instanceof ScalarNode || raw(components[0].getAnnotatedType()) == List.class)) {
                AnnotatedType only = components[0].getAnnotatedType();
                return construct(prefix, node, type, new @Nullable Object[] {
                    raw(only) == List.class && node instanceof ScalarNode
                            ? listOfOne(prefix, node, only)
                            : value(prefix, node, only, null)
                });
            }
            return wrongType(prefix, node, "a group of keys");
        }
        Map<String, Node> entries = entries(prefix, mapping);
        Optional<String> kind = Kinds.nameOf(type);
        List<String> known = new ArrayList<>();
        kind.ifPresent(_ -> known.add(Kinds.KEY));
        Arrays.stream(components).map(c -> Keys.kebab(c.getName())).forEach(known::add);
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key && !known.contains(key.getValue())) {
                String setting = kind.map(name -> "setting of type " + name).orElse("setting");
                problem(line(key), unknown(setting, prefix + key.getValue(), key.getValue(), prefix, known));
            }
        }
        Record fallback = defaults != null ? defaults : ownDefaults(type);
        @Nullable Object[] arguments = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            String key = Keys.kebab(component.getName());
            Object inherited = fallback == null ? null : read(component, fallback);
            Node given = entries.get(key);
            if (given != null) {
                arguments[i] = value(prefix + key, given, component.getAnnotatedType(), inherited);
            } else {
                arguments[i] = absent(prefix + key, node, component.getAnnotatedType(), inherited);
            }
        }
        return construct(prefix, node, type, arguments);
    }

    private @Nullable Object absent(String key, Node parent, AnnotatedType type, @Nullable Object inherited) {
        if (inherited != null || isNullable(type)) {
            return inherited;
        }
        if (raw(type) == List.class) {
            return List.of();
        }
        if (raw(type) == Map.class) {
            return Map.of();
        }
        if (raw(type).isRecord()) {
            Record own = ownDefaults(raw(type).asSubclass(Record.class));
            if (own != null) {
                return own;
            }
        }
        problem(line(parent), key + " is missing; it has no default (expected " + describe(type) + ")");
        return FAILED;
    }

    /** Duplicates are looked for here because YAML's own check comes with its object construction. */
    private Map<String, Node> entries(String prefix, MappingNode mapping) {
        Map<String, Node> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problem(line(tuple.getKeyNode()), "a key must be a plain word");
                continue;
            }
            Node before = entries.putIfAbsent(key.getValue(), tuple.getValueNode());
            if (before != null) {
                problem(
                        line(key),
                        prefix + key.getValue() + " is given twice, first in line " + line(before)
                                + "; remove one of the two");
            }
        }
        return entries;
    }

    private Object construct(String prefix, Node node, Class<? extends Record> type, @Nullable Object[] arguments) {
        if (Arrays.asList(arguments).contains(FAILED)) {
            return FAILED;
        }
        try {
            Class<?>[] types = Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<? extends Record> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            Throwable refused = e.getCause() == null ? e : e.getCause();
            if (refused instanceof Error error) {
                throw error;
            }
            String said = refused.getMessage() == null ? refused.toString() : refused.getMessage();
            boolean named = prefix.isEmpty() || said.contains(prefix) || refused instanceof IllegalArgumentException;
            problem(lineOfKeyIn(said, node), named ? said : withoutDot(prefix) + ": " + said);
            return FAILED;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot construct " + type, e);
        }
    }

    /** A record's refusal names the key; the line of that key helps more than the line of the group. */
    private static int lineOfKeyIn(String message, Node node) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key && message.contains(key.getValue())) {
                    return line(key);
                }
            }
        }
        return line(node);
    }

    private static @Nullable Object read(RecordComponent component, Record from) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(from);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }

    private static @Nullable Record ownDefaults(Class<? extends Record> type) {
        try {
            Method defaults = type.getDeclaredMethod("defaults");
            if (!Modifier.isStatic(defaults.getModifiers()) || !type.isAssignableFrom(defaults.getReturnType())) {
                return null;
            }
            defaults.setAccessible(true);
            return (Record) defaults.invoke(null);
        } catch (NoSuchMethodException e) {
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + ".defaults() failed", e);
        }
    }

    // --- values ---

    private @Nullable Object value(String key, Node node, AnnotatedType type, @Nullable Object inherited) {
        Class<?> raw = raw(type);
        if (isNull(node) && raw != String.class) {
            // "key:" with nothing after it: a group whose lines are all commented out is a group of defaults.
            if (isNullable(type)) {
                return null;
            }
            if (raw.isRecord() && raw.getRecordComponents().length > 1) {
                return absent(key, node, type, inherited);
            }
        }
        if (isNull(node)) {
            if (isNullable(type)) {
                return null;
            }
            problem(line(node), key + " has no value; expected " + describe(type));
            return FAILED;
        }
        if (raw.isRecord()) {
            return record(
                    key + ".", node, raw.asSubclass(Record.class), inherited instanceof Record record ? record : null);
        }
        if (raw.isSealed()) {
            return ofKind(key, node, raw);
        }
        if (raw == List.class) {
            return list(key, node, type);
        }
        if (raw == Map.class) {
            return map(key, node, type);
        }
        if (!(node instanceof ScalarNode scalar)) {
            return wrongType(key, node, describe(type));
        }
        return scalar(key, scalar, type);
    }

    private @Nullable Object ofKind(String key, Node node, Class<?> sealed) {
        if (!(node instanceof MappingNode mapping)) {
            return wrongType(key, node, "a group of keys");
        }
        Map<String, Class<? extends Record>> kinds = Kinds.of(sealed);
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode word && word.getValue().equals(Kinds.KEY)) {
                if (!(tuple.getValueNode() instanceof ScalarNode written)) {
                    return wrongType(
                            key + "." + Kinds.KEY, tuple.getValueNode(), "one of " + String.join(", ", kinds.keySet()));
                }
                Class<? extends Record> meant = kinds.get(written.getValue());
                return meant == null
                        ? notOneOf(key + "." + Kinds.KEY, written, kinds.keySet())
                        : record(key + ".", node, meant, null);
            }
        }
        return record(key + ".", node, Kinds.byDefault(sealed), null);
    }

    private Object listOfOne(String key, Node node, AnnotatedType type) {
        List<@Nullable Object> made = new ArrayList<>();
        made.add(value(key, node, arguments(type)[0], null));
        return made.contains(FAILED) ? FAILED : Collections.unmodifiableList(made);
    }

    private Object list(String key, Node node, AnnotatedType type) {
        if (!(node instanceof SequenceNode sequence)) {
            return wrongType(key, node, describe(type));
        }
        AnnotatedType element = arguments(type)[0];
        List<@Nullable Object> made = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            made.add(value(key + "[" + made.size() + "]", item, element, null));
        }
        return made.contains(FAILED) ? FAILED : Collections.unmodifiableList(made);
    }

    private Object map(String key, Node node, AnnotatedType type) {
        if (!(node instanceof MappingNode mapping)) {
            return wrongType(key, node, describe(type));
        }
        AnnotatedType[] arguments = arguments(type);
        Map<@Nullable Object, @Nullable Object> made = new LinkedHashMap<>();
        entries(key + ".", mapping); // tells duplicates
        for (NodeTuple tuple : mapping.getValue()) {
            String name = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
            made.put(
                    value(key, tuple.getKeyNode(), arguments[0], null),
                    value(key + "." + name, tuple.getValueNode(), arguments[1], null));
        }
        boolean failed = made.containsKey(FAILED) || made.containsValue(FAILED);
        return failed ? FAILED : Collections.unmodifiableMap(made);
    }

    private Object scalar(String key, ScalarNode node, AnnotatedType type) {
        Class<?> raw = raw(type);
        String text = node.getValue();
        if (text.contains("${")) {
            problem(
                    line(node),
                    key + ": variables like '" + text + "' are not replaced; write the value itself"
                            + " (a secret belongs into a file that a ...-file setting names)");
            return FAILED;
        }
        try {
            if (raw == String.class) {
                return text;
            } else if (raw == boolean.class || raw == Boolean.class) {
                return bool(text);
            } else if (raw == int.class || raw == Integer.class) {
                return (int) integer(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
            } else if (raw == long.class || raw == Long.class) {
                return integer(text, Long.MIN_VALUE, Long.MAX_VALUE);
            } else if (raw == double.class || raw == Double.class) {
                return decimal(text);
            } else if (raw == Duration.class) {
                return Durations.parse(text);
            } else if (raw == Path.class) {
                return path(text);
            } else if (raw == URI.class) {
                return new URI(text);
            } else if (raw.isEnum()) {
                return constant(key, node, raw);
            }
        } catch (URISyntaxException e) {
            problem(line(node), key + ": '" + text + "' is not a URI: " + e.getReason());
            return FAILED;
        } catch (IllegalArgumentException | ArithmeticException e) {
            problem(line(node), key + ": " + e.getMessage());
            return FAILED;
        }
        throw new IllegalStateException("settings may not have components of type " + raw + " (" + key + ")");
    }

    private static boolean bool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
        };
    }

    private static long integer(String text, long least, long most) {
        if (!text.matches("[-+]?[0-9]{1,3}(_?[0-9]{1,3})*")) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number");
        }
        BigInteger number = new BigInteger(text.replace("_", ""));
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
            throw new IllegalArgumentException(text + " is not between " + least + " and " + most);
        }
        return number.longValueExact();
    }

    private static double decimal(String text) {
        if (!text.matches("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?")) {
            throw new IllegalArgumentException("'" + text + "' is not a number");
        }
        return Double.parseDouble(text);
    }

    private Path path(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("the path is empty");
        }
        if (text.startsWith("~")) {
            throw new IllegalArgumentException("'~' is not replaced by a home directory; write the whole path");
        }
        try {
            return directory.resolve(text).normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + text + "' is not a path: " + e.getReason(), e);
        }
    }

    private Object constant(String key, ScalarNode node, Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String name = Keys.kebab((Enum<?>) constant);
            if (name.equals(node.getValue())) {
                return constant;
            }
            names.add(name);
        }
        return notOneOf(key, node, names);
    }

    private Object notOneOf(String key, ScalarNode node, Collection<String> names) {
        String meant = Keys.nearest(node.getValue(), names)
                .map(near -> "; did you mean '" + near + "'?")
                .orElse("");
        problem(line(node), key + ": '" + node.getValue() + "' is not one of " + String.join(", ", names) + meant);
        return FAILED;
    }

    // --- types ---

    private static Class<?> raw(AnnotatedType type) {
        Type plain = type.getType();
        if (plain instanceof ParameterizedType parameterized) {
            plain = parameterized.getRawType();
        }
        if (plain instanceof Class<?> found) {
            return found;
        }
        throw new IllegalStateException("settings may not have components of type " + plain);
    }

    private static AnnotatedType[] arguments(AnnotatedType type) {
        return ((AnnotatedParameterizedType) type).getAnnotatedActualTypeArguments();
    }

    private static boolean isNullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static boolean isNull(Node node) {
        return node instanceof ScalarNode scalar
                && scalar.getTag().equals(Tag.NULL)
                && scalar.getScalarStyle() == org.yaml.snakeyaml.DumperOptions.ScalarStyle.PLAIN;
    }

    private static String describe(AnnotatedType type) {
        Class<?> raw = raw(type);
        if (raw == String.class) {
            return "text";
        } else if (raw == boolean.class || raw == Boolean.class) {
            return "true or false";
        } else if (raw == int.class || raw == long.class || raw == Integer.class || raw == Long.class) {
            return "a whole number";
        } else if (raw == double.class || raw == Double.class) {
            return "a number";
        } else if (raw == Duration.class) {
            return "a duration like 500ms, 3s or 2m";
        } else if (raw == Path.class) {
            return "a path";
        } else if (raw == URI.class) {
            return "a URI";
        } else if (raw == List.class) {
            return "a list of " + describe(arguments(type)[0]);
        } else if (raw == Map.class) {
            return "keys with " + describe(arguments(type)[1]);
        } else if (raw.isEnum()) {
            return Arrays.stream(raw.getEnumConstants())
                    .map(constant -> Keys.kebab((Enum<?>) constant))
                    .collect(Collectors.joining(", ", "one of ", ""));
        } else if (raw.isRecord() && raw.getRecordComponents().length == 1) {
            return describe(raw.getRecordComponents()[0].getAnnotatedType());
        }
        return "a group of keys";
    }

    // --- problems ---

    private Object wrongType(String key, Node node, String expected) {
        String found = node instanceof SequenceNode
                ? "a list"
                : node instanceof MappingNode ? "a group of keys" : "'" + ((ScalarNode) node).getValue() + "'";
        String name = key.isEmpty() ? "the file" : withoutDot(key);
        problem(line(node), name + " must be " + expected + ", is " + found);
        return FAILED;
    }

    private String unknown(String kind, String fullKey, String key, String prefix, Collection<String> known) {
        String all = "; known here: " + String.join(", ", known);
        Optional<String> near = Keys.nearest(key, known);
        return "unknown " + kind + " '" + fullKey + "'"
                + near.map(meant -> "; did you mean '" + prefix + meant + "'?" + (tellsAllKeys ? all : ""))
                        .orElse(all);
    }

    private static String withoutDot(String prefix) {
        return prefix.endsWith(".") ? prefix.substring(0, prefix.length() - 1) : prefix;
    }

    private static int line(Node node) {
        return node.getStartMark() == null ? 1 : node.getStartMark().getLine() + 1;
    }

    private void problem(int line, String text) {
        problems.add(new Problem(line == 0 ? file.toString() : file + ":" + line, text));
    }
}
