package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Neutron's form, and servers on networks in Nova's. */
class NetworkApiTest extends NetworkFixture {

    @Test
    void aServerHasItsAddressBeforeItBootsAndIsFoundByItEverywhere() throws Exception {
        String network = sharedNetwork();
        String server = boot(202, BLUE, "[{'uuid': '" + network + "', 'fixed_ip': '192.0.2.77'}]")
                .getJsonObject("server")
                .getString("id");

        JsonObject shown =
                expect(200, BLUE, "GET", "/v2.1/servers/" + server, null).getJsonObject("server");
        JsonObject address =
                shown.getJsonObject("addresses").getJsonArray("public").getJsonObject(0);
        assertThat(address.getString("addr")).isEqualTo("192.0.2.77");
        assertThat(address.getString("OS-EXT-IPS:type")).isEqualTo("fixed");
        String mac = address.getString("OS-EXT-IPS-MAC:mac_addr");
        assertThat(mac).startsWith("fa:16:3e:");
        assertThat(shown.getJsonArray("security_groups")).isEqualTo(new JsonArray("[{\"name\": \"default\"}]"));
        assertThat(expect(200, BLUE, "GET", "/v2.1/servers/detail", null)
                        .getJsonArray("servers")
                        .getJsonObject(0)
                        .getJsonObject("addresses"))
                .isEqualTo(shown.getJsonObject("addresses"));

        assertThat(expect(200, BLUE, "GET", "/v2.1/servers?ip=2.0.2.7", null).getJsonArray("servers"))
                .hasSize(1);
        assertThat(expect(200, BLUE, "GET", "/v2.1/servers?ip=%5E2.0.2.7", null).getJsonArray("servers"))
                .isEmpty();

        String ip = "[{\"version\": 4, \"addr\": \"192.0.2.77\"}]";
        assertThat(expect(200, BLUE, "GET", "/v2.1/servers/" + server + "/ips", null))
                .isEqualTo(new JsonObject("{\"addresses\": {\"public\": " + ip + "}}"));
        assertThat(expect(200, BLUE, "GET", "/v2.1/servers/" + server + "/ips/public", null))
                .isEqualTo(new JsonObject("{\"public\": " + ip + "}"));
        expect(404, BLUE, "GET", "/v2.1/servers/" + server + "/ips/other", null);
        expect(404, RED, "GET", "/v2.1/servers/" + server + "/ips", null);

        JsonObject port = only(BLUE, "/ports?device_id=" + server);
        assertThat(port.getString("mac_address")).isEqualTo(mac);
        assertThat(port.containsKey("binding:host_id"))
                .as("where it is, is not a member's to know")
                .isFalse();
        JsonObject forAdmin = only(ADMIN, "/ports?binding:host_id=h1");
        assertThat(forAdmin.getString("id")).isEqualTo(port.getString("id"));
        assertThat(forAdmin.getString("binding:vif_type")).isEqualTo("bridge");
        assertThat(only(ADMIN, "/ports?fixed_ips=ip_address%3D192.0.2.77").getString("id"))
                .isEqualTo(port.getString("id"));
        assertThat(list(ADMIN, "/ports?fixed_ips=ip_address%3D192.0.2.78")).isEmpty();

        JsonObject attachment = expect(200, BLUE, "GET", "/v2.1/servers/" + server + "/os-interface", null)
                .getJsonArray("interfaceAttachments")
                .getJsonObject(0);
        assertThat(attachment.getString("port_id")).isEqualTo(port.getString("id"));
        assertThat(attachment.getString("net_id")).isEqualTo(network);
        String one = "/v2.1/servers/" + server + "/os-interface/";
        assertThat(expect(200, BLUE, "GET", one + port.getString("id"), null).getJsonObject("interfaceAttachment"))
                .isEqualTo(attachment);
        expect(404, BLUE, "GET", one + UUID.randomUUID(), null);

        refused(409, "PortInUse", BLUE, "DELETE", "/ports/" + port.getString("id"), null);
        refused(409, "NetworkInUse", ADMIN, "DELETE", "/networks/" + network, null);
    }

    @Test
    void whatTheNetworkRefusesIsToldInNovasCodes() throws Exception {
        boot(202, BLUE, "'auto'");
        String network = sharedNetwork();
        boot(400, BLUE, "[{'uuid': '" + UUID.randomUUID() + "'}]");
        boot(400, BLUE, "[{'port': '" + UUID.randomUUID() + "'}]");
        boot(400, BLUE, "[{'uuid': '" + network + "', 'fixed_ip': '192.0.2.1'}]");
        boot(202, BLUE, "[{'uuid': '" + network + "', 'fixed_ip': '192.0.2.10'}]");
        boot(409, RED, "[{'uuid': '" + network + "', 'fixed_ip': '192.0.2.10'}]");
        boot(202, BLUE, "'none'");
        for (int i = 0; i < 3; i++) {
            boot(202, BLUE, "'auto'");
        }
        assertThat(boot(409, RED, "'auto'").encode()).contains("No more IP addresses available");
        boot(202, BLUE, "[{'uuid': '" + network + "', 'fixed_ip': '192.0.2.99'}]");
        assertThat(boot(403, BLUE, "'auto'").encode()).contains("Quota exceeded");
        expect(
                201,
                ADMIN,
                "POST",
                NETWORK + "/networks",
                "{'network': {'shared': true, 'provider:physical_network': 'b'}}");
        boot(409, RED, "'auto'");
    }

    @Test
    void ofSeveralServersNoneStaysWhenAddressesDoNotSuffice() throws Exception {
        String network = sharedNetwork();
        assertThat(boot(400, BLUE, "[{'port': '" + UUID.randomUUID() + "'}], 'max_count': 2")
                        .encode())
                .contains("single configured port ID");
        assertThat(boot(400, BLUE, "[{'uuid': '" + network + "', 'fixed_ip': '192.0.2.77'}], 'max_count': 2")
                        .encode())
                .contains("fixed_ip");
        assertThat(boot(409, BLUE, "[{'uuid': '" + network + "'}], 'min_count': 5")
                        .encode())
                .contains("No more IP addresses available");
        assertThat(expect(200, BLUE, "GET", "/v2.1/servers/detail", null).getJsonArray("servers"))
                .allSatisfy(one -> assertThat(((JsonObject) one).getString("OS-EXT-STS:task_state"))
                        .isEqualTo("deleting"));
    }

    @Test
    void anothersIsNotThereAndWhatIsSharedIsForAll() throws Exception {
        String network = sharedNetwork();
        String hidden = expect(
                        201,
                        ADMIN,
                        "POST",
                        NETWORK + "/networks",
                        "{'network': {'name': 'hidden', 'provider:physical_network': 'second', 'provider:network_type': 'flat'}}")
                .getJsonObject("network")
                .getString("id");
        assertThat(only(BLUE, "/networks").getString("id")).isEqualTo(network);
        assertThat(list(ADMIN, "/networks")).hasSize(2);
        refused(404, "NetworkNotFound", BLUE, "GET", "/networks/" + hidden, null);
        refused(404, "NetworkNotFound", BLUE, "POST", "/ports", "{'port': {'network_id': '" + hidden + "'}}");
        refused(403, "PolicyNotAuthorized", BLUE, "POST", "/networks", "{'network': {}}");

        JsonObject port = expect(
                        201,
                        BLUE,
                        "POST",
                        NETWORK + "/ports",
                        "{'port': {'network_id': '" + network + "', 'name': 'p'}}")
                .getJsonObject("port");
        String path = "/ports/" + port.getString("id");
        for (String method : List.of("GET", "DELETE")) {
            refused(404, "PortNotFound", RED, method, path, null);
        }
        refused(404, "PortNotFound", RED, "PUT", path, "{'port': {'name': 'mine'}}");
        assertThat(list(RED, "/ports")).isEmpty();
        JsonObject group = only(BLUE, "/security-groups");
        assertThat(group.getString("name")).isEqualTo("default");
        refused(404, "SecurityGroupNotFound", RED, "GET", "/security-groups/" + group.getString("id"), null);
        refused(
                403,
                "PolicyNotAuthorized",
                BLUE,
                "POST",
                "/ports",
                "{'port': {'network_id': '" + network + "', 'project_id': 'red'}}");
        refused(
                403,
                "PolicyNotAuthorized",
                BLUE,
                "POST",
                "/ports",
                "{'port': {'network_id': '" + network + "', 'device_owner': 'compute:nova'}}");
        refused(403, "PolicyNotAuthorized", BLUE, "GET", "/quotas/red", null);
        assertThat(expect(200, BLUE, "GET", NETWORK + "/quotas/blue/details.json", null)
                        .getJsonObject("quota")
                        .getJsonObject("port"))
                .isEqualTo(new JsonObject("{\"limit\": 5, \"used\": 1, \"reserved\": 0}"));
        expect(204, BLUE, "DELETE", NETWORK + path, null);
    }

    @Test
    void listsAreFilteredSortedCutAndReducedToFields() throws Exception {
        String network = sharedNetwork();
        for (String name : List.of("b", "a", "c")) {
            expect(
                    201,
                    BLUE,
                    "POST",
                    NETWORK + "/ports",
                    "{'port': {'network_id': '" + network + "', 'name': '" + name + "'}}");
        }
        assertThat(names("/ports?sort_key=name&sort_dir=desc")).containsExactly("c", "b", "a");
        assertThat(names("/ports?name=a&name=c&sort_key=name")).containsExactly("a", "c");
        assertThat(names("/ports?name=a&network_id=" + UUID.randomUUID())).isEmpty();
        assertThat(names("/ports?network_id=nonsense")).isEmpty();
        assertThat(names("/ports?tenant_id=blue&admin_state_up=True")).hasSize(3);
        assertThat(names("/ports?admin_state_up=False")).isEmpty();
        JsonObject page = expect(200, BLUE, "GET", NETWORK + "/ports?limit=2&sort_key=name", null);
        String next = page.getJsonArray("ports_links").getJsonObject(0).getString("href");
        JsonObject rest = expect(200, BLUE, "GET", next.substring(base.length()), null);
        assertThat(rest.getJsonArray("ports").getJsonObject(0).getString("name"))
                .isEqualTo("c");
        assertThat(rest.containsKey("ports_links")).isFalse();
        assertThat(only(BLUE, "/ports?name=a&fields=id&fields=name").fieldNames())
                .containsExactlyInAnyOrder("id", "name");
        refused(400, "HTTPBadRequest", BLUE, "GET", "/ports?marker=" + UUID.randomUUID(), null);
        refused(400, "HTTPBadRequest", BLUE, "GET", "/ports?fixed_ips=x", null);
        assertThat(only(BLUE, "/networks?router:external=False&name=public").getString("id"))
                .isEqualTo(network);
    }

    private List<String> names(String path) throws Exception {
        return list(BLUE, path).stream()
                .map(one -> ((JsonObject) one).getString("name"))
                .toList();
    }

    @Test
    void whatIsNotThereIsRefusedByName() throws Exception {
        String network = sharedNetwork();
        refused(501, "HTTPNotImplemented", BLUE, "POST", "/routers", "{'router': {}}");
        refused(501, "HTTPNotImplemented", BLUE, "POST", "/floatingips", "{'floatingip': {}}");
        refused(404, "RouterNotFound", BLUE, "GET", "/routers/x", null);
        refused(404, "FloatingIPNotFound", BLUE, "GET", "/floatingips/x", null);
        for (String empty : List.of("/routers", "/floatingips?port_id=x", "/availability_zones")) {
            assertThat(list(BLUE, empty)).isEmpty();
        }
        assertThat(list(ADMIN, "/agents")).isEmpty();
        refused(404, "ExtensionNotFound", BLUE, "GET", "/extensions/router", null);
        assertThat(only(BLUE, "/extensions?alias=binding").getString("alias")).isEqualTo("binding");
        for (String wrong : List.of(
                "{'network': {'provider:network_type': 'vxlan'}}",
                "{'network': {'router:external': true}}",
                "{'network': {'is_default': true}}",
                "{'network': {'unknown': 1}}")) {
            assertThat(send(ADMIN, "POST", NETWORK + "/networks", wrong).status())
                    .as(wrong)
                    .isEqualTo(400);
        }
        refused(409, "FlatNetworkInUse", ADMIN, "POST", "/networks", "{'network': {'name': 'again'}}");
        for (String wrong : List.of(
                "'ip_version': 6, 'cidr': '2001:db8::/64'",
                "'cidr': '10.0.0.1/24'",
                "'cidr': '10.0.0.0/24', 'gateway_ip': '10.0.1.1'",
                "'cidr': '10.0.0.0/24', 'host_routes': [{}]",
                "'cidr': '10.0.0.0/24', 'allocation_pools': [{'start': '10.0.0.9', 'end': '10.0.0.8'}]",
                "'cidr': '192.0.2.0/25'")) {
            refused(
                    400,
                    "InvalidInput",
                    ADMIN,
                    "POST",
                    "/subnets",
                    "{'subnet': {'network_id': '" + network + "', " + wrong + "}}");
        }
        for (String wrong : List.of(
                "'binding:host_id': 'h1'",
                "'binding:vnic_type': 'direct'",
                "'fixed_ips': [{}]",
                "'security_groups': ['111111111111111111111111111111111111']")) {
            refused(
                    400,
                    "InvalidInput",
                    ADMIN,
                    "POST",
                    "/ports",
                    "{'port': {'network_id': '" + network + "', " + wrong + "}}");
        }
        Answer nobody = send(null, "GET", NETWORK + "/networks", null);
        assertThat(nobody.status()).isEqualTo(401);
        assertThat(expect(200, null, "GET", "/network", null)
                        .getJsonArray("versions")
                        .getJsonObject(0)
                        .getString("id"))
                .isEqualTo("v2.0");
        assertThat(expect(200, null, "GET", "/network/v2.0/", null).getJsonArray("resources"))
                .hasSize(5);
    }

    @Test
    void anAdministratorChangesNetworkAndSubnet() throws Exception {
        String network = sharedNetwork();
        assertThat(expect(
                                200,
                                ADMIN,
                                "PUT",
                                NETWORK + "/networks/" + network,
                                "{'network': {'name': 'renamed', 'mtu': 9000}}")
                        .getJsonObject("network")
                        .getInteger("mtu"))
                .isEqualTo(9000);
        JsonObject subnet = only(ADMIN, "/subnets?network_id=" + network);
        assertThat(subnet.getBoolean("enable_dhcp"))
                .as("there is none, whatever was asked")
                .isFalse();
        JsonObject changed = expect(
                        200,
                        ADMIN,
                        "PUT",
                        NETWORK + "/subnets/" + subnet.getString("id"),
                        "{'subnet': {'gateway_ip': null, 'dns_nameservers': ['192.0.2.53']}}")
                .getJsonObject("subnet");
        assertThat(changed.getString("gateway_ip")).isNull();
        assertThat(changed.getJsonArray("dns_nameservers")).containsExactly("192.0.2.53");
        expect(204, ADMIN, "DELETE", NETWORK + "/subnets/" + subnet.getString("id"), null);
        refused(404, "SubnetNotFound", ADMIN, "GET", "/subnets/" + subnet.getString("id"), null);
        expect(204, ADMIN, "DELETE", NETWORK + "/networks/" + network, null);
    }

    private JsonArray list(String token, String path) throws Exception {
        JsonObject body = expect(200, token, "GET", NETWORK + path, null);
        return body.getJsonArray(body.fieldNames().stream()
                .filter(name -> !name.endsWith("_links"))
                .findFirst()
                .orElseThrow());
    }

    private JsonObject only(String token, String path) throws Exception {
        JsonArray found = list(token, path);
        assertThat(found).as(path).hasSize(1);
        return found.getJsonObject(0);
    }

    private void refused(int status, String type, String token, String method, String path, @Nullable String body)
            throws Exception {
        JsonObject fault = expect(status, token, method, NETWORK + path, body).getJsonObject("NeutronError");
        assertThat(fault.getString("type")).as(fault.encode()).isEqualTo(type);
        assertThat(fault.getString("message")).isNotBlank();
        assertThat(fault.getString("detail")).isEmpty();
    }
}
