package io.holdfast.server.settings;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Settings of which there are several kinds, each with keys of its own: a sealed interface of records. The file says the
 * kind by one more key.
 */
final class Kinds {

    /** The key that says the kind. No record of a sealed interface may have a component of this name. */
    static final String KEY = "type";

    private Kinds() {}

    /** By the word in the file, in the order of the interface's {@code permits}. */
    static Map<String, Class<? extends Record>> of(Class<?> sealed) {
        Map<String, Class<? extends Record>> kinds = new LinkedHashMap<>();
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            kinds.put(Keys.kebab(permitted.getSimpleName()), permitted.asSubclass(Record.class));
        }
        return kinds;
    }

    /** The kind's word, if the record is one of several kinds. */
    static Optional<String> nameOf(Class<? extends Record> type) {
        return Arrays.stream(type.getInterfaces()).anyMatch(Class::isSealed)
                ? Optional.of(Keys.kebab(type.getSimpleName()))
                : Optional.empty();
    }

    /** What is meant where the file does not say. */
    static Class<? extends Record> byDefault(Class<?> sealed) {
        try {
            Method method = sealed.getDeclaredMethod("kindByDefault");
            method.setAccessible(true);
            return ((Class<?>) method.invoke(null)).asSubclass(Record.class);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(sealed + " does not say which kind is meant without a word", e);
        }
    }
}
