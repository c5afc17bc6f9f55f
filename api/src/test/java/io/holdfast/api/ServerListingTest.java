package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.model.Actor;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of servers: what changed when, what is deleted, in which order, page by page. */
class ServerListingTest extends ApiFixture {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Actor ANN = new Actor("ann", "api");

    private Instance changed(String name, int seconds) {
        cloud.now = NOON.plusSeconds(seconds);
        return cloud.touch(cloud.add(name, "blue", ActualState.RUNNING), name);
    }

    private Instance deleted(String name, int seconds) {
        Instance one = changed(name, 0);
        cloud.now = NOON.plusSeconds(seconds);
        cloud.delete(one.id(), ANN);
        return one;
    }

    private List<String> list(String query, String token, @Nullable String version) throws Exception {
        return names(json(send("GET", "/v2.1/servers?" + query, token, version, null)));
    }

    private List<String> list(String query) throws Exception {
        return list(query, BLUE, "2.96");
    }

    @Test
    void changesAreFromToBothEndsIncludedAndShowWhatIsDeleted() throws Exception {
        changed("old", 0);
        changed("mid", 10);
        changed("new", 20);
        deleted("gone", 15);
        deleted("gone-before", 5);
        assertThat(list("changes-since=2026-03-01T12:00:10Z")).containsExactlyInAnyOrder("mid", "gone", "new");
        assertThat(list("changes-since=2026-03-01T12:00:10Z&changes-before=2026-03-01T12:00:15Z"))
                .containsExactlyInAnyOrder("mid", "gone");
        assertThat(list("changes-before=2026-03-01T12:00:05Z")).containsExactlyInAnyOrder("old", "gone-before");
        assertThat(list("name=o")).as("nothing deleted is in an ordinary list").containsExactly("old");
        assertThat(list("changes-since=2026-03-01T12:00:21Z")).isEmpty();
    }

    @Test
    void aDeletedServerSaysSoAndWhen() throws Exception {
        deleted("gone", 15);
        JsonObject gone = json(send(
                        "GET", "/v2.1/servers/detail?changes-since=2026-03-01T12:00:15Z", BLUE, "2.96", null))
                .getJsonArray("servers")
                .getJsonObject(0);
        assertThat(gone.getString("status")).isEqualTo("DELETED");
        assertThat(gone.getString("OS-EXT-STS:vm_state")).isEqualTo("deleted");
        assertThat(gone.getString("OS-SRV-USG:terminated_at")).isEqualTo("2026-03-01T12:00:15.000000");
        assertThat(gone.getString("updated")).isEqualTo("2026-03-01T12:00:15Z");
    }

    @Test
    void anotherProjectsDeletedServersAreNotShown() throws Exception {
        deleted("gone", 15);
        assertThat(list("changes-since=2026-03-01T00:00:00Z", RED, null)).isEmpty();
        assertThat(list("changes-since=2026-03-01T00:00:00Z&all_tenants=1", ADMIN, null))
                .containsExactly("gone");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-03-01T12:00:10Z",
                "2026-03-01T12:00:10",
                "2026-03-01T12:00:10.000000",
                "2026-03-01T13:00:10%2B01:00",
                "2026-03-01T07:00:10-05:00"
            })
    void aMomentMayBeWrittenInManyWays(String text) throws Exception {
        changed("before", 9);
        changed("at", 10);
        assertThat(list("changes-since=" + text)).containsExactly("at");
    }

    @Test
    void aDayBeginsAtMidnight() throws Exception {
        changed("at", 10);
        assertThat(list("changes-since=2026-03-01")).containsExactly("at");
        assertThat(list("changes-since=2026-03-02")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "changes-since=yesterday",
                "changes-since=2026-02-30T00:00:00Z",
                "changes-since=2026-03-01T25:00:00Z",
                "changes-since=1772366400",
                "changes-since=2026-03-01T12:00:00Zjunk",
                "changes-since=",
                "changes-before=12:00",
                "changes-since=2026-03-02T00:00:00Z&changes-before=2026-03-01T00:00:00Z",
                "sort_key=colour",
                "sort_key=name%20desc",
                "sort_key=created_at&sort_key=colour",
                "sort_dir=up",
                "sort_dir=ASC",
                "sort_key=uuid&sort_dir=asc&sort_dir=desc",
                "limit=0&sort_key=colour",
                "marker=nobody"
            })
    void whatMeansNothingIsRefused(String query) throws Exception {
        changed("vm", 0);
        assertFault(send("GET", "/v2.1/servers?" + query, BLUE, "2.96", null), 400, "badRequest");
        assertFault(send("GET", "/v2.1/servers/detail?" + query, BLUE, "2.96", null), 400, "badRequest");
    }

    @Test
    void changesBeforeMeansNothingBefore266() throws Exception {
        changed("vm", 10);
        assertThat(list("changes-before=2026-03-01T12:00:00Z", BLUE, "2.65")).containsExactly("vm");
        assertThat(list("changes-before=no-time", BLUE, "2.65")).containsExactly("vm");
        assertThat(list("changes-before=2026-03-01T12:00:00Z", BLUE, "2.66")).isEmpty();
        assertThat(list("sort_key=locked", BLUE, "2.73")).containsExactly("vm");
        assertFault(send("GET", "/v2.1/servers?sort_key=locked", BLUE, "2.72", null), 400, "badRequest");
    }

    @Test
    void deletedIsForAdministratorsAndAsIfNotAskedOfOthers() throws Exception {
        changed("vm", 0);
        deleted("gone", 10);
        assertThat(list("deleted=true&all_tenants=1", ADMIN, null)).containsExactly("gone");
        assertThat(list("deleted=1&project_id=blue", ADMIN, null)).containsExactly("gone");
        assertThat(list("deleted=false&all_tenants=1&changes-since=2026-03-01", ADMIN, null))
                .containsExactly("vm");
        assertThat(list("deleted=perhaps&all_tenants=1", ADMIN, null))
                .as("what is not true is false")
                .containsExactly("vm");
        assertThat(list("deleted=true")).containsExactly("vm");
        assertThat(list("deleted=false&changes-since=2026-03-01")).containsExactlyInAnyOrder("vm", "gone");
        assertThat(list("status=deleted&all_tenants=1", ADMIN, null)).containsExactly("gone");
        assertFault(get("/v2.1/servers?status=DELETED", BLUE), 403, "forbidden");
    }

    @Test
    void severalKeysEachWithItsDirection() throws Exception {
        changed("b", 1);
        changed("a", 1);
        changed("b", 2);
        changed("a", 2);
        assertThat(list("sort_key=display_name&sort_dir=asc")).containsExactly("a", "a", "b", "b");
        assertThat(updated("sort_key=display_name&sort_key=updated_at&sort_dir=asc&sort_dir=desc"))
                .containsExactly("a 02", "a 01", "b 02", "b 01");
        assertThat(updated("sort_key=updated_at&sort_key=display_name&sort_dir=desc&sort_dir=asc"))
                .containsExactly("a 02", "b 02", "a 01", "b 01");
        assertThat(updated("sort_key=display_name&sort_key=updated_at&sort_dir=asc"))
                .as("a direction that is not said is the first one")
                .containsExactly("a 01", "a 02", "b 01", "b 02");
        assertThat(list("sort_key=display_name")).as("without any, descending").containsExactly("b", "b", "a", "a");
        assertThat(list("sort_key=vcpus&sort_key=display_name&sort_dir=asc"))
                .as("what Nova takes and does not sort by")
                .containsExactly("a", "a", "b", "b");
    }

    private List<String> updated(String query) throws Exception {
        return json(send("GET", "/v2.1/servers/detail?" + query, BLUE, "2.96", null)).getJsonArray("servers").stream()
                .map(JsonObject.class::cast)
                .map(one ->
                        one.getString("name") + " " + one.getString("updated").replaceAll("^.*:(\\d\\d)Z$", "$1"))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"host, 200, 403", "node, 200, 403", "task_state, 200, 200", "key_name, 200, 200", "id, 200, 200"})
    void someKeysAreAnAdministrators(String key, int admins, int members) throws Exception {
        changed("vm", 0);
        assertThat(get("/v2.1/servers?sort_key=" + key, ADMIN).statusCode()).isEqualTo(admins);
        assertThat(get("/v2.1/servers?sort_key=" + key, BLUE).statusCode()).isEqualTo(members);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sort_key=display_name&sort_dir=asc",
                "sort_key=display_name&sort_dir=desc",
                "sort_key=vm_state&sort_dir=asc",
                "sort_key=task_state&sort_key=display_name&sort_dir=desc&sort_dir=asc",
                "changes-since=2026-03-01T00:00:00Z&sort_key=updated_at",
                ""
            })
    void pagesOfEqualKeysShowEachServerOnce(String query) throws Exception {
        for (int i = 0; i < 11; i++) {
            Instance one = changed("vm-" + i % 2, i % 3);
            if (i % 2 == 0) {
                cloud.made(one, NOON);
            }
        }
        deleted("vm-gone", 1);
        for (int size : List.of(1, 2, 3, 5)) {
            List<String> paged = new ArrayList<>();
            String path = "/v2.1/servers?" + query + "&limit=" + size;
            while (path != null) {
                JsonObject page = json(send("GET", path, BLUE, "2.96", null));
                assertThat(page.getJsonArray("servers")).hasSizeLessThanOrEqualTo(size);
                paged.addAll(ids(page));
                path = next(page);
            }
            assertThat(paged)
                    .as("pages of " + size)
                    .isEqualTo(ids(json(send("GET", "/v2.1/servers?" + query, BLUE, "2.96", null))))
                    .hasSize(query.startsWith("changes") ? 12 : 11)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void thePageAfterAMarkerBeginsWhereTheMarkerStandsNow() throws Exception {
        Instance a = changed("a", 0);
        Instance b = changed("b", 0);
        changed("c", 0);
        String order = "sort_key=display_name&sort_dir=asc&marker=";
        assertThat(list(order + b.id())).containsExactly("c");
        cloud.touch(b, "0");
        assertThat(list(order + b.id())).containsExactly("a", "c");
        assertThat(list("name=c&" + order + a.id()))
                .as("a marker that passes the filter no more has its place")
                .containsExactly("c");
    }

    @Test
    void aMarkerThatWasDeletedMeanwhileIsNone() throws Exception {
        Instance a = changed("a", 0);
        changed("b", 0);
        cloud.delete(a.id(), ANN);
        String marker = "sort_key=display_name&sort_dir=asc&marker=" + a.id();
        assertFault(get("/v2.1/servers?" + marker, BLUE), 400, "badRequest");
        assertThat(list(marker + "&changes-since=2026-03-01"))
                .as("where deleted ones are shown it has a place")
                .containsExactly("b");
        assertFault(get("/v2.1/servers?marker=" + UUID.randomUUID(), BLUE), 400, "badRequest");
        assertFault(get("/v2.1/servers?marker=" + a.id() + "&changes-since=2026-03-01", RED), 400, "badRequest");
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("servers").stream()
                .map(one -> ((JsonObject) one).getString("id"))
                .toList();
    }

    private static @Nullable String next(JsonObject page) {
        if (page.getJsonArray("servers_links") == null) {
            return null;
        }
        URI next =
                URI.create(page.getJsonArray("servers_links").getJsonObject(0).getString("href"));
        return next.getRawPath() + "?" + next.getRawQuery();
    }
}
