package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.glance.Glance;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Resources;
import io.holdfast.api.http.Role;
import io.holdfast.api.http.Rule;
import io.holdfast.api.keystone.Keystone;
import io.holdfast.api.masakari.InstanceHa;
import io.holdfast.api.neutron.NetworkApi;
import io.holdfast.api.nova.Compute;
import io.holdfast.api.placement.PlacementApi;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/policy.md says who may do what, as the tables of the services do. */
class PolicyPageTest {

    private static final Path PAGE = Path.of("../docs/policy.md");

    private static final String HEAD = """
            # Who may do what

            Made from the tables of the services; `PolicyPageTest` compares it, and writes what it should be to `api/target/policy.md`.

            A token of the identity service has the roles that its user has in its project; one of the settings has the role that stands there.
            **admin** may do everything in every project, **member** works with what is in its own, **reader** sees that and changes nothing; each
            includes the next. Whoever asks for something of another project is told that it is not there (404). Some requests ask for more than
            the table says, by what they contain: to evacuate or migrate an instance, to name the host of a new one, or to see other projects'
            instances needs admin, and to give a word about a host (alerts, notifications) needs admin or to be a monitor that the settings name.
            """;

    /** Each service by its title: its contract and its table. */
    private static Map<String, Service> services() {
        Map<String, Service> services = new LinkedHashMap<>();
        Compute compute = new Compute(Resources.text(Contract.COMPUTE), Map.of());
        services.put("identity.yaml", new Service("Identity", Keystone.contractText(), Keystone.POLICY));
        services.put("holdfast.yaml", new Service("Compute, and Holdfast's own", compute.contract(), compute.policy()));
        services.put("image.yaml", new Service("Image (Glance)", Resources.text("/openapi/image.yaml"), Glance.POLICY));
        services.put(
                "network.yaml",
                new Service("Network (Neutron)", Resources.text("/openapi/network.yaml"), NetworkApi.POLICY));
        services.put(
                "masakari.yaml",
                new Service("Instance HA (Masakari)", Resources.text("/openapi/masakari.yaml"), InstanceHa.POLICY));
        services.put(
                "placement.yaml",
                new Service("Placement", Resources.text("/openapi/placement.yaml"), PlacementApi.POLICY));
        return services;
    }

    private record Service(String title, String contract, Policy policy) {}

    private record Line(Rule rule, String path, String method, String summary) {}

    @Test
    void thePageSaysWhatTheTablesSay() throws IOException {
        StringBuilder page = new StringBuilder(HEAD);
        services().values().forEach(service -> {
            page.append("\n## ").append(service.title()).append("\n\n| who | | |\n|---|---|---|\n");
            lines(service)
                    .forEach(line -> page.append("| ")
                            .append(line.rule.words())
                            .append(" | `")
                            .append(line.method.toUpperCase(Locale.ROOT))
                            .append(' ')
                            .append(line.path)
                            .append("` | ")
                            .append(line.summary)
                            .append(" |\n"));
        });
        Files.writeString(Path.of("target/policy.md"), page);
        assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
                .as("docs/policy.md; what it should be is in api/target/policy.md")
                .isEqualTo(page.toString());
    }

    @Test
    void everyContractHasItsTableOnThePage() throws IOException {
        try (Stream<Path> contracts = Files.list(Path.of("src/main/resources/openapi"))) {
            assertThat(contracts.map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
                    .isEqualTo(services().keySet());
        }
    }

    @Test
    void eachRoleMayWhatItsRuleSaysAndNothingIsEverybodysByOversight() {
        Policy policy = Policy.table()
                .put(Rule.ANY, "any")
                .put(Rule.SELF, "self")
                .put(Rule.READER, "read")
                .put(Rule.MEMBER, "write")
                .put(Rule.ADMIN, "rule")
                .done();
        Map<Role, Set<String>> allowed = Map.of(
                Role.NONE, Set.of("any"),
                Role.READER, Set.of("any", "read"),
                Role.MEMBER, Set.of("any", "read", "write"),
                Role.ADMIN, Set.of("any", "read", "write", "self", "rule"));
        allowed.forEach((role, operations) -> {
            Caller caller = Caller.ofSettings("ann", role, ProjectId.of("blue"));
            for (String operation : new TreeSet<>(policy.rules().keySet())) {
                assertThat(mayDo(policy, operation, caller, Optional.of("bob")))
                        .as(role + " " + operation)
                        .isEqualTo(operations.contains(operation));
            }
            assertThat(mayDo(policy, "self", caller, Optional.of("ann"))).isTrue();
            assertThat(mayDo(policy, "forgotten", caller, Optional.empty())).isFalse();
        });
        assertThatThrownBy(() -> Policy.table().put(Rule.ANY, "x").put(Rule.ADMIN, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("two rules for x");
    }

    private static boolean mayDo(Policy policy, String operation, Caller caller, Optional<String> user) {
        try {
            policy.require(operation, caller, user);
            return true;
        } catch (ApiFault fault) {
            assertThat(fault.status()).isEqualTo(403);
            return false;
        }
    }

    private static List<Line> lines(Service service) {
        JsonObject paths = Contract.parsed(service.contract()).getJsonObject("paths");
        List<Line> lines = new ArrayList<>();
        for (String path : paths.fieldNames()) {
            JsonObject item = paths.getJsonObject(path);
            for (String method : item.fieldNames()) {
                if (!method.equals("parameters")) {
                    JsonObject operation = item.getJsonObject(method);
                    Rule rule = service.policy().rules().get(operation.getString("operationId"));
                    assertThat(rule).as(method + " " + path).isNotNull();
                    // What the contract says to be open has to be so in the table, too.
                    assertThat(operation.getJsonArray("security") != null)
                            .as(method + " " + path)
                            .isEqualTo(rule == Rule.OPEN);
                    lines.add(new Line(rule, path, method, operation.getString("summary")));
                }
            }
        }
        lines.sort(Comparator.comparing(Line::rule).thenComparing(Line::path).thenComparing(Line::method));
        return lines;
    }
}
