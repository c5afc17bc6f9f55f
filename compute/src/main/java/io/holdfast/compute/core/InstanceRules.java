package io.holdfast.compute.core;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Particulars;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an owner may write: names, tags and metadata, with Nova's limits. Throws {@link ComputeException} INVALID. */
public final class InstanceRules {

    private static final int NAME_LIMIT = 255;
    private static final int TAG_LIMIT = 60;
    private static final int TAGS_LIMIT = 50;
    private static final int METADATA_LIMIT = 128;
    private static final int TEXT_LIMIT = 255;

    private InstanceRules() {}

    public static String name(String name) {
        String trimmed = name.strip();
        if (trimmed.isEmpty()
                || trimmed.length() > NAME_LIMIT
                || trimmed.chars().anyMatch(Character::isISOControl)) {
            throw invalid("name must have 1 to 255 printable characters");
        }
        return text(trimmed, "name");
    }

    public static List<String> tags(List<String> tags) {
        List<String> distinct = List.copyOf(new LinkedHashSet<>(tags));
        if (distinct.size() > TAGS_LIMIT) {
            throw invalid("an instance may have at most 50 tags, these are " + distinct.size());
        }
        for (String tag : distinct) {
            if (tag.isEmpty() || tag.length() > TAG_LIMIT || tag.indexOf(',') >= 0 || tag.indexOf('/') >= 0) {
                throw invalid("tag '" + tag + "' must have 1 to 60 characters, without comma and slash");
            }
            text(tag, "tag");
        }
        return distinct;
    }

    public static Map<String, String> metadata(Map<String, String> metadata) {
        if (metadata.size() > METADATA_LIMIT) {
            throw invalid("an instance may have at most 128 metadata keys, these are " + metadata.size());
        }
        metadata.forEach((key, value) -> {
            if (key.isEmpty() || key.length() > TEXT_LIMIT || value.length() > TEXT_LIMIT) {
                throw invalid("metadata '" + key + "': keys have 1 to 255 characters, values at most 255");
            }
            text(key, "metadata key");
            text(value, "value of metadata " + key);
        });
        policyWord(metadata.get(PolicyRule.KEY), "metadata " + PolicyRule.KEY);
        TermsRule.parse(metadata);
        GuestTermsRule.check(metadata, "metadata");
        return metadata;
    }

    public static Particulars particulars(Particulars said) {
        String hostname = said.hostname();
        if (hostname != null && (hostname.isEmpty() || hostname.length() > TEXT_LIMIT)) {
            throw invalid("a hostname must have 1 to 255 characters");
        }
        printable(said.description(), "description");
        Particulars.Lock lock = said.lock();
        printable(lock == null ? null : lock.reason(), "reason");
        printable(said.keyName(), "key name");
        return said;
    }

    private static void printable(@Nullable String text, String where) {
        if (text != null) {
            if (text.length() > TEXT_LIMIT || text.chars().anyMatch(Character::isISOControl)) {
                throw invalid(where + " must have at most 255 printable characters");
            }
            text(text, where);
        }
    }

    /** Refuses a policy that means nothing where it is written, rather than ignoring it on the day it is needed. */
    public static void policyWord(@Nullable String value, String where) {
        Optional.ofNullable(value).filter(v -> PolicyRule.parse(v).isEmpty()).ifPresent(v -> {
            throw invalid(where + " must be automatic, notify or none, is '" + v + "'");
        });
    }

    /**
     * Refuses what no database keeps as it is: the character NUL, and half a surrogate pair. Found out later, the owner
     * would read of a failure of the store instead of a wrong letter.
     */
    public static String text(String text, String where) {
        boolean halfPair =
                text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
        if (halfPair || text.indexOf('\0') >= 0) {
            throw invalid(where + " must not contain the character NUL or half of a surrogate pair");
        }
        return text;
    }

    private static ComputeException invalid(String message) {
        return new ComputeException(Kind.INVALID, message);
    }
}
