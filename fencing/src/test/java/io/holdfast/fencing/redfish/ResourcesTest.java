package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.PowerState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a service may send, and what is made of it. */
class ResourcesTest {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** A system as a service of today describes it. */
    private static final String SYSTEM = """
            {"@odata.id": "/redfish/v1/Systems/1", "Id": "1", "PowerState": "On", "Actions": {"#ComputerSystem.Reset": {
             "target": "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
             "ResetType@Redfish.AllowableValues": ["On", "ForceOff"],
             "@Redfish.ActionInfo": "/redfish/v1/Systems/1/ResetActionInfo"}}}""";

    private static JsonNode json(String text) throws RedfishException {
        return Resources.parse(text.getBytes(StandardCharsets.UTF_8), "GET /x");
    }

    @Test
    void readsWhatASystemOffers() throws RedfishException {
        assertThat(Resources.reset(json(SYSTEM)))
                .isEqualTo(new Resources.Reset(
                        "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
                        Optional.of(List.of("On", "ForceOff")),
                        Optional.of("/redfish/v1/Systems/1/ResetActionInfo")));
        assertThat(Resources.power(json(SYSTEM))).isEqualTo(PowerState.ON);
        assertThatThrownBy(() -> Resources.reset(json("{\"PowerState\": \"On\"}")))
                .hasMessage("not offered: the system has no reset action");
    }

    @ParameterizedTest
    @CsvSource({
        "/redfish/v1/Systems/1, /redfish/v1/Systems/1",
        "/redfish/v1/Systems?$skip=2, /redfish/v1/Systems?$skip=2",
        "https://bmc.example/redfish/v1/Systems/1/, /redfish/v1/Systems/1/",
        "//evil.example/redfish, /redfish",
        "https://evil.example//other.example/x, /other.example/x",
        "/a%20b#Fans/0, /a%20b",
    })
    void aPathIsAlwaysOneOnThisService(String reference, String path) throws RedfishException {
        assertThat(Resources.path(reference)).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "redfish/v1", "mailto:x", "/a b", "/a\r\nHost: evil", "/\u00e9", "https://evil.example", "%"
            })
    void whatIsNoPathIsGarbled(String reference) {
        assertThatThrownBy(() -> Resources.path(reference)).hasMessageStartingWith("garbled: '");
        assertThatThrownBy(() -> Resources.path("/" + "x".repeat(2000))).hasMessageStartingWith("garbled: '/xxx");
    }

    @Test
    void twoThatFitAreNotChosenFrom() {
        assertThatThrownBy(() -> Resources.choose(List.of("/a/1", "/b/1"), "1"))
                .hasMessage("no such system: '1' fits 2 of 2; write the whole path");
    }

    @Test
    void whatAnErrorSaysIsFoundAndToldWithinBounds() {
        assertThat(Resources.reason("""
                {"error": {"message": "general", "@Message.ExtendedInfo": [
                 {"MessageId": "Base.1.8.A", "Message": "First. "}, {"MessageId": "Base.1.8.B"}, {}, {"Message": "Third."},
                 {"Message": "Fourth."}]}}""".getBytes(StandardCharsets.UTF_8))).isEqualTo("First. Base.1.8.B Third.");
        assertThat(Resources.reason("{\"error\": {\"message\": \"general\"}}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("general");
        assertThat(Resources.reason("<html>".getBytes(StandardCharsets.UTF_8))).isEmpty();
        String much = "{\"error\": {\"message\": \"" + "x".repeat(10_000) + "\"}}";
        assertThat(Resources.text(Resources.reason(much.getBytes(StandardCharsets.UTF_8))))
                .hasSize(303)
                .endsWith("...");
    }

    @Property(tries = 2000)
    void arbitraryBytesAreNeverMoreThanNamedTrouble(@ForAll @Size(max = 200) byte[] bytes) {
        assertThat(readAll(bytes)).isNotEqualTo(PowerState.OFF);
        assertThat(Resources.text(Resources.reason(bytes))).hasSizeLessThanOrEqualTo(603);
    }

    @Property(tries = 2000)
    void aDescriptionWithDamagedBytesIsNeverOff(
            @ForAll @IntRange(max = 400) int at, @ForAll byte damage, @ForAll boolean cut) {
        byte[] bytes = SYSTEM.getBytes(StandardCharsets.UTF_8);
        int where = at % bytes.length;
        bytes[where] = damage;

        byte[] sent = cut ? java.util.Arrays.copyOf(bytes, where) : bytes;

        assertThat(readAll(sent)).isNotEqualTo(PowerState.OFF);
    }

    /** The oracle is as dumb as can be: a description is off if its text says so at the top, in these very letters. */
    @Property(tries = 2000)
    void anyTreeIsOffOnlyIfItSaysSo(@ForAll("trees") JsonNode tree) throws JsonProcessingException {
        byte[] bytes = new ObjectMapper().writeValueAsBytes(tree);

        PowerState state = readAll(bytes);

        JsonNode word = tree.path("PowerState");
        assertThat(state == PowerState.OFF)
                .isEqualTo(tree.isObject() && word.toString().equals("\"Off\""));
        assertThat(state == PowerState.ON)
                .isEqualTo(tree.isObject() && word.toString().equals("\"On\""));
    }

    /** Everything that is ever asked of an answer; each part may end in trouble, and in nothing else. */
    private static PowerState readAll(byte[] bytes) {
        JsonNode parsed;
        try {
            parsed = Resources.parse(bytes, "GET /x");
        } catch (RedfishException e) {
            return PowerState.UNKNOWN;
        }
        for (Reading reading : List.<Reading>of(
                Resources::systems,
                Resources::sessions,
                Resources::systemsPage,
                Resources::reset,
                Resources::allowed)) {
            try {
                assertThat(reading.of(parsed)).isNotNull();
            } catch (RedfishException e) {
                assertThat(e.line()).startsWith(e.trouble().word() + ": ").hasSizeLessThan(500);
            }
        }
        assertThat(Resources.powerWord(parsed)).isNotNull();
        return Resources.power(parsed);
    }

    private interface Reading {
        Object of(JsonNode node) throws RedfishException;
    }

    /** Trees that are likely to have what is looked for, of the right type or of a wrong one. */
    @Provide
    Arbitrary<JsonNode> trees() {
        Arbitrary<String> keys = Arbitraries.oneOf(
                Arbitraries.of(
                        "PowerState",
                        "Systems",
                        "Links",
                        "Sessions",
                        "Members",
                        "@odata.id",
                        "Members@odata.nextLink",
                        "Actions",
                        "#ComputerSystem.Reset",
                        "target",
                        "ResetType@Redfish.AllowableValues",
                        "@Redfish.ActionInfo",
                        "Parameters",
                        "Name",
                        "AllowableValues",
                        "error"),
                Arbitraries.strings().ofMaxLength(6));
        Arbitrary<JsonNode> leaves = Arbitraries.oneOf(
                Arbitraries.of("On", "Off", "PoweringOff", "ForceOff", "ResetType", "/redfish/v1/Systems", "//x", "")
                        .map(NODES::textNode),
                Arbitraries.strings().ofMaxLength(20).map(NODES::textNode),
                Arbitraries.integers().map(NODES::numberNode),
                Arbitraries.of(true, false).map(NODES::booleanNode),
                Arbitraries.just(NODES.nullNode()));
        return Arbitraries.recursive(
                () -> leaves,
                inner -> Arbitraries.oneOf(
                        Arbitraries.maps(keys, inner).ofMaxSize(6).map(ResourcesTest::object),
                        inner.list().ofMaxSize(4).map(ResourcesTest::array)),
                0,
                4);
    }

    private static JsonNode object(Map<String, JsonNode> entries) {
        ObjectNode node = NODES.objectNode();
        entries.forEach(node::set);
        return node;
    }

    private static JsonNode array(List<JsonNode> items) {
        ArrayNode node = NODES.arrayNode();
        items.forEach(node::add);
        return node;
    }
}
