package io.holdfast.fencing.redfish;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.fencing.DeviceFact;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the resources of a Redfish service say. Pure: from JSON to values, or to a named trouble. Whatever a device sends, no
 * other exception comes out of here, and OFF comes out only for {@code "PowerState": "Off"}.
 */
final class Resources {

    private static final String RESET_PRIVILEGE = "ConfigureComponents";
    private static final int TEXT_LENGTH_MAX = 300;
    private static final int PATH_LENGTH_MAX = 2000;
    private static final int MESSAGES_MAX = 3;

    /** A key that is there twice has two meanings, and the reader would choose one of them. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Resources() {}

    /** A system's reset action. */
    record Reset(String target, Optional<List<String>> allowed, Optional<String> actionInfo) {}

    /** One page of the collection of systems. */
    record SystemsPage(List<String> members, Optional<String> next) {}

    /** @param what came with it, for the message */
    static JsonNode parse(byte[] body, String what) throws RedfishException {
        JsonNode parsed;
        try {
            parsed = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            // The parser's own message repeats what it read, and that may be anything.
            throw new RedfishException(Trouble.GARBLED, "the answer to " + what + " is no JSON" + place(e));
        } catch (IOException e) {
            throw new RedfishException(Trouble.GARBLED, "the answer to " + what + " cannot be decoded");
        }
        if (parsed == null || !parsed.isObject()) {
            throw new RedfishException(Trouble.GARBLED, "the answer to " + what + " is no JSON object");
        }
        return parsed;
    }

    private static String place(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }

    /** Where the service says that its systems are. */
    static String systems(JsonNode root) throws RedfishException {
        return link(root.path("Systems"))
                .orElseThrow(() -> new RedfishException(Trouble.NO_SYSTEM, "the service has no collection of systems"));
    }

    /** Where the service says that sessions are made, if it makes any. */
    static Optional<String> sessions(JsonNode root) throws RedfishException {
        return link(root.path("Links").path("Sessions"));
    }

    static SystemsPage systemsPage(JsonNode collection) throws RedfishException {
        List<String> paths = members(collection, "systems");
        JsonNode next = collection.path("Members@odata.nextLink");
        return new SystemsPage(paths, next.isTextual() ? Optional.of(path(next.textValue())) : Optional.empty());
    }

    /** @param what the collection holds, for the message */
    static List<String> members(JsonNode collection, String what) throws RedfishException {
        JsonNode members = collection.path("Members");
        if (!members.isArray()) {
            throw new RedfishException(Trouble.GARBLED, "the collection of " + what + " has no list of members");
        }
        List<String> paths = new ArrayList<>();
        for (JsonNode member : members) {
            paths.add(link(member)
                    .orElseThrow(
                            () -> new RedfishException(Trouble.GARBLED, "a member of the " + what + " has no path")));
        }
        return paths;
    }

    /** @param what it leads to, for the message when it leads nowhere */
    static String linked(JsonNode reference, String what) throws RedfishException {
        return link(reference)
                .orElseThrow(
                        () -> new RedfishException(Trouble.GARBLED, "the service does not say where " + what + " is"));
    }

    /**
     * What an account may do.
     *
     * @param mayReset whether that includes to force a system off
     * @param said for people
     */
    record Role(DeviceFact.Rights.Answer mayReset, String said) {}

    /**
     * A reset wants the privilege {@code ConfigureComponents} (the standard's own registry of privileges). Some makers give
     * privileges of their own for it instead.
     */
    static Role role(JsonNode role) throws RedfishException {
        List<String> assigned = words(role.path("AssignedPrivileges"))
                .orElseThrow(() -> new RedfishException(Trouble.GARBLED, "the account's role names no privileges"));
        List<String> own = words(role.path("OemPrivileges")).orElse(List.of());
        String all =
                text(String.join(", ", assigned) + (own.isEmpty() ? "" : "; its maker's: " + String.join(", ", own)));
        if (assigned.contains(RESET_PRIVILEGE)) {
            return new Role(
                    DeviceFact.Rights.Answer.GRANTED, "ForceOff is offered, and the account has " + RESET_PRIVILEGE);
        }
        return new Role(
                own.isEmpty() ? DeviceFact.Rights.Answer.DENIED : DeviceFact.Rights.Answer.DOUBTFUL,
                "the account has not " + RESET_PRIVILEGE + ", but: " + all);
    }

    /** The manager's clock. */
    static Instant time(JsonNode manager) throws RedfishException {
        String written = manager.path("DateTime").asText();
        try {
            return OffsetDateTime.parse(written).toInstant();
        } catch (DateTimeException e) {
            throw new RedfishException(Trouble.GARBLED, "'" + text(written) + "' is no time with an offset");
        }
    }

    /**
     * The one that is meant.
     *
     * @param wanted a path or its last part, or null for the only one
     */
    static String choose(List<String> members, @Nullable String wanted) throws RedfishException {
        if (members.isEmpty()) {
            throw new RedfishException(Trouble.NO_SYSTEM, "the service has none");
        }
        List<String> meant = wanted == null
                ? members
                : members.stream().filter(member -> isCalled(member, wanted)).toList();
        if (meant.size() == 1) {
            return meant.getFirst();
        }
        List<String> names = members.stream().limit(8).map(Resources::lastPart).toList();
        String all = text(String.join(", ", names)) + (members.size() > names.size() ? ", ..." : "");
        throw new RedfishException(
                Trouble.NO_SYSTEM,
                wanted == null
                        ? "the service has " + members.size() + " (" + all + ") and 'system' does not say which"
                        : meant.isEmpty()
                                ? "'" + wanted + "' is none of " + all
                                : "'" + wanted + "' fits " + meant.size() + " of " + members.size()
                                        + "; write the whole path");
    }

    private static boolean isCalled(String member, String wanted) {
        String path = withoutSlash(member);
        return path.equals(withoutSlash(wanted)) || lastPart(path).equals(wanted);
    }

    private static String lastPart(String path) {
        String plain = withoutSlash(path);
        return plain.substring(plain.lastIndexOf('/') + 1);
    }

    private static String withoutSlash(String path) {
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** What the system says about its power, as it says it. */
    static Optional<String> powerWord(JsonNode system) {
        JsonNode state = system.path("PowerState");
        return state.isTextual() ? Optional.of(text(state.textValue())) : Optional.empty();
    }

    /** UNKNOWN for whatever is neither on nor off: on the way, paused, missing, of another type, misspelt. */
    static PowerState power(JsonNode system) {
        JsonNode state = system.path("PowerState");
        if (!state.isTextual()) {
            return PowerState.UNKNOWN;
        }
        return switch (state.textValue()) {
            case "On" -> PowerState.ON;
            case "Off" -> PowerState.OFF;
            default -> PowerState.UNKNOWN;
        };
    }

    static Reset reset(JsonNode system) throws RedfishException {
        JsonNode action = system.path("Actions").path("#ComputerSystem.Reset");
        JsonNode target = action.path("target");
        if (!target.isTextual()) {
            throw new RedfishException(Trouble.NOT_OFFERED, "the system has no reset action");
        }
        JsonNode info = action.path("@Redfish.ActionInfo");
        return new Reset(
                path(target.textValue()),
                words(action.path("ResetType@Redfish.AllowableValues")),
                info.isTextual() ? Optional.of(path(info.textValue())) : Optional.empty());
    }

    /** The reset types that a description of the action names, if it names any. */
    static Optional<List<String>> allowed(JsonNode actionInfo) {
        for (JsonNode parameter : actionInfo.path("Parameters")) {
            if (parameter.path("Name").asText().equals("ResetType")) {
                return words(parameter.path("AllowableValues"));
            }
        }
        return Optional.empty();
    }

    private static Optional<List<String>> words(JsonNode list) {
        if (!list.isArray()) {
            return Optional.empty();
        }
        List<String> words = new ArrayList<>();
        for (JsonNode word : list) {
            if (word.isTextual()) {
                words.add(text(word.textValue()));
            }
        }
        return Optional.of(words);
    }

    /** What an answer that is an error gives as its reason, as it wrote it, or nothing. */
    static String reason(byte[] body) {
        JsonNode error;
        try {
            error = parse(body, "an order").path("error");
        } catch (RedfishException e) {
            return "";
        }
        List<String> said = new ArrayList<>();
        for (JsonNode info : error.path("@Message.ExtendedInfo")) {
            String message = info.path("Message").asText();
            String id = info.path("MessageId").asText();
            String line = message.isBlank() ? id : message;
            if (!line.isBlank() && said.size() < MESSAGES_MAX) {
                said.add(line.strip());
            }
        }
        if (said.isEmpty() && !error.path("message").asText().isBlank()) {
            said.add(error.path("message").asText().strip());
        }
        return String.join(" ", said);
    }

    private static Optional<String> link(JsonNode reference) throws RedfishException {
        JsonNode id = reference.path("@odata.id");
        return id.isTextual() ? Optional.of(path(id.textValue())) : Optional.empty();
    }

    /**
     * A path on this service, whatever host the text names: what we send, goes to the address that we were given.
     *
     * @throws RedfishException if it is no path
     */
    static String path(String reference) throws RedfishException {
        if (reference.length() <= PATH_LENGTH_MAX) {
            try {
                URI uri = new URI(reference);
                String path = uri.getRawPath();
                if (path != null && path.startsWith("/") && path.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                    String query = uri.getRawQuery();
                    // A path of two slashes would be read as a host's name once more.
                    return path.replaceFirst("^/+", "/") + (query == null ? "" : "?" + query);
                }
            } catch (URISyntaxException e) {
                // Told below: what is no reference is no path either.
            }
        }
        throw new RedfishException(Trouble.GARBLED, "'" + text(reference) + "' is no path");
    }

    /** What a device wrote, in one line that harms no log. */
    static String text(String written) {
        StringBuilder out = new StringBuilder();
        written.codePoints().limit(TEXT_LENGTH_MAX).forEach(c -> {
            boolean plain = !Character.isISOControl(c)
                    && Character.isDefined(c)
                    && Character.getType(c) != Character.FORMAT
                    && Character.getType(c) != Character.LINE_SEPARATOR
                    && Character.getType(c) != Character.PARAGRAPH_SEPARATOR
                    && Character.getType(c) != Character.SURROGATE;
            out.appendCodePoint(plain ? c : ' ');
        });
        return out + (written.codePointCount(0, written.length()) > TEXT_LENGTH_MAX ? "..." : "");
    }
}
