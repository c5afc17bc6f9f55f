package io.holdfast.membership.zookeeper;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a host's health node.
 *
 * @param agentSession the agent that says so
 */
record HealthRecord(String agentSession, AgentHealth health) {

    /** What is larger was not written by an agent of ours, and is not parsed. */
    static final int BYTES_MAX = 16 << 10;

    /** Six of them of four bytes a character, and the words around them, fit. */
    private static final int DETAIL_MAX = 400;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @param number another one each time that it is said: the same words are written anew, too, or nobody could tell that they were said
     *     again
     */
    byte[] encode(long number) {
        ObjectNode node = JSON.createObjectNode();
        node.put("version", 1);
        node.put("agentSession", agentSession);
        node.put("number", number);
        ArrayNode findings = node.putArray("findings");
        for (Finding finding : health.findings()) {
            findings.addObject()
                    .put("aspect", finding.aspect().name())
                    .put("grade", finding.grade().name())
                    .put("detail", shortened(finding.detail()));
        }
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree of plain values cannot be written", impossible);
        }
    }

    /**
     * Reads a record. Fields, and aspects, that are not known are for newer versions and are passed over; a grade that is not
     * known is unknown.
     *
     * @throws IOException naming what is wrong with it
     */
    static HealthRecord decode(byte @Nullable [] data) throws IOException {
        if (data == null || data.length == 0) {
            throw new IOException("no data");
        }
        if (data.length > BYTES_MAX) {
            throw new IOException(data.length + " bytes, more than " + BYTES_MAX);
        }
        JsonNode node = parsed(data);
        JsonNode session = node.path("agentSession");
        if (!session.isTextual() || session.asText().isBlank()) {
            throw new IOException("field 'agentSession' is missing");
        }
        if (!node.path("findings").isArray()) {
            throw new IOException("field 'findings' is missing");
        }
        List<Finding> findings = new ArrayList<>();
        Set<Aspect> seen = EnumSet.noneOf(Aspect.class);
        for (JsonNode each : node.path("findings")) {
            Optional<Aspect> aspect = constant(Aspect.class, each.path("aspect"));
            if (aspect.isPresent()) {
                if (!seen.add(aspect.get())) {
                    throw new IOException("two findings of " + aspect.get());
                }
                findings.add(new Finding(
                        aspect.get(),
                        constant(Grade.class, each.path("grade")).orElse(Grade.UNKNOWN),
                        shortened(each.path("detail").asText(""))));
            }
        }
        return new HealthRecord(session.asText(), new AgentHealth(findings));
    }

    /** What is told of a host whose record cannot be read: nothing is known of any aspect, and why. */
    static AgentHealth unreadable(String reason) {
        return AgentHealth.unknown(shortened("its word cannot be read: " + reason));
    }

    private static JsonNode parsed(byte[] data) throws IOException {
        try {
            JsonNode node = JSON.readTree(data);
            if (node == null || !node.isObject()) {
                throw new IOException("it is no JSON object");
            }
            return node;
        } catch (JsonProcessingException malformed) {
            throw new IOException("it is not JSON: " + malformed.getOriginalMessage(), malformed);
        }
    }

    private static <E extends Enum<E>> Optional<E> constant(Class<E> type, JsonNode value) {
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> value.isTextual() && each.name().equals(value.asText()))
                .findFirst();
    }

    /** Details go to terminals: nothing in them moves a cursor. */
    private static String shortened(String detail) {
        String plain = detail.replaceAll("\\p{C}+", " ").strip();
        return plain.length() <= DETAIL_MAX ? plain : plain.substring(0, DETAIL_MAX - 1) + "…";
    }
}
