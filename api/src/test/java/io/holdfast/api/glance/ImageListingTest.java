package io.holdfast.api.glance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Role;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageEntry.Content;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.ImageEntry.Visibility;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageListingTest {

    private static final Caller ANN = Caller.ofSettings("ann", Role.MEMBER, ProjectId.of("blue"));

    /** a (oldest) to d (newest); c is hidden, d another's and for all who know it. */
    private static final List<ImageEntry> ALL = List.of(
            image("d", "red", Visibility.COMMUNITY, false, 40, Map.of()),
            image("c", "blue", Visibility.PRIVATE, true, 30, Map.of()),
            image("b", "blue", Visibility.PRIVATE, false, 20, Map.of("os", "debian")),
            image("a", "red", Visibility.PUBLIC, false, 10, Map.of("os", "alpine")));

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            -                                   | b a
            visibility=public                   | a
            visibility=private                  | b
            visibility=community                | d
            visibility=shared                   | -
            visibility=all                      | d b a
            os_hidden=true                      | c
            os_hidden=False                     | b a
            name=a                              | a
            name=in:a,b,x                       | b a
            name=in:"a","x,y"                   | a
            name=x                              | -
            id=in:00000000-0000-0000-0000-00000000000a | a
            owner=blue                          | b
            os=debian                           | b
            os=arch                             | -
            tag=t-a                             | a
            tag=t-a&tag=other                   | -
            tag=t-a&tag=all                     | a
            size_min=15                         | b
            size_max=15                         | a
            size_min=10&size_max=20             | b a
            min_ram=0                           | b a
            protected=true                      | -
            disk_format=raw                     | b a
            container_format=in:ovf             | -
            status=active                       | b a
            status=in:queued,saving             | -
            created_at=gt:2026-01-01T00:00:10Z  | b
            created_at=gte:2026-01-01T00:00:10  | b a
            created_at=lt:2026-01-01T00:00:20Z  | a
            created_at=lte:2026-01-01T01:00:20+01:00 | b a
            created_at=neq:2026-01-01T00:00:10Z | b
            created_at=2026-01-01T00:00:10Z     | a
            updated_at=eq:2026-01-01T00:00:10Z  | a
            checksum=md5-a                      | a
            os_hash_value=sha-b                 | b
            os_hash_algo=sha512                 | b a
            sort=name:asc                       | a b
            sort=name                           | b a
            sort=size:asc,name:desc             | a b
            sort_key=name&sort_dir=asc          | a b
            sort_key=status&sort_key=id&sort_dir=asc | a b
            sort_dir=asc                        | a b
            limit=1                             | b
            limit=0                             | -
            member_status=all                   | b a
            """)
    void answersWhatWasAsked(String query, String names) {
        assertThat(names(page(query == null ? "" : query)))
                .isEqualTo(names == null ? List.of() : List.of(names.split(" ")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "visibility=none",
                "limit=-1",
                "limit=x",
                "limit=",
                "sort=colour",
                "sort=name:up",
                "sort=name&sort_key=name",
                "sort_key=name&sort_dir=asc&sort_dir=desc",
                "created_at=yesterday",
                "created_at=gt:",
                "protected=perhaps",
                "size_min=-1",
                "min_disk=x",
                "name=in:\"a",
                "marker=00000000-0000-0000-0000-00000000dead",
                "marker=x"
            })
    void refusesWhatItDoesNotUnderstand(String query) {
        assertThatThrownBy(() -> page(query))
                .isInstanceOfSatisfying(
                        ApiFault.class, fault -> assertThat(fault.status()).isEqualTo(400));
    }

    @Test
    void pagesLeadThroughAllAndRepeatTheQuestion() {
        List<String> seen = new ArrayList<>();
        String query = "limit=1&name=in:a,b&sort=name:asc";
        int pages = 0;
        while (query != null) {
            JsonObject page = page(query);
            seen.addAll(names(page));
            assertThat(page.getString("first")).startsWith("/v2/images?limit=1&name=in%3Aa%2Cb");
            String next = page.getString("next");
            query = next == null ? null : next.substring("/v2/images?".length());
            pages++;
        }
        assertThat(seen).containsExactly("a", "b");
        assertThat(pages).isEqualTo(2);
    }

    private static JsonObject page(String query) {
        MultiMap asked = MultiMap.caseInsensitiveMultiMap();
        for (String one : query.isEmpty() ? new String[0] : query.split("&", -1)) {
            String[] parts = one.split("=", 2);
            asked.add(parts[0], URLDecoder.decode(parts[1].replace("+", "%2B"), StandardCharsets.UTF_8));
        }
        return ImageListing.read(asked).page(ALL, ANN);
    }

    private static List<String> names(JsonObject page) {
        JsonArray images = page.getJsonArray("images");
        return images.stream().map(one -> ((JsonObject) one).getString("name")).toList();
    }

    private static ImageEntry image(
            String name,
            String owner,
            Visibility visibility,
            boolean hidden,
            int second,
            Map<String, String> properties) {
        Instant at = Instant.parse("2026-01-01T00:00:" + second + ".5Z");
        return new ImageEntry(
                ImageId.of(new UUID(0, Long.parseLong(name, 16))),
                name,
                Status.ACTIVE,
                visibility,
                ProjectId.of(owner),
                "raw",
                "bare",
                new Content(second, null, "md5-" + name, "sha-" + name),
                0,
                0,
                false,
                hidden,
                Set.of("t-" + name, "all"),
                properties,
                at,
                at);
    }
}
