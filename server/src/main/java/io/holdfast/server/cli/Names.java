package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Finds the id of what a person named; an id is taken as it is. */
final class Names {

    /** What can be named instead of being given by its id. */
    enum Kind {
        SERVER("server", "servers", "holdfast"),
        FLAVOR("flavor", "flavors", "holdfast"),
        IMAGE("image", "images", "holdfast"),
        SERVER_GROUP("server-group", "server_groups", "holdfast"),
        NETWORK("network", "networks", "openstack"),
        PORT("port", "ports", "openstack");

        private final String noun;
        private final String list;
        private final String program;

        /**
         * @param program the one that lists them: networks are made and listed by OpenStack's client
         */
        Kind(String noun, String list, String program) {
            this.noun = noun;
            this.list = list;
            this.program = program;
        }
    }

    static final String UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

    private Names() {}

    static String id(ApiClient api, Kind kind, String nameOrId) {
        if (nameOrId.matches(UUID)) {
            return nameOrId;
        }
        List<String> ids = all(api, kind, nameOrId).stream()
                .filter(each -> Json.text(each, "name").equals(nameOrId)
                        || Json.text(each, "id").equals(nameOrId))
                .map(each -> Json.text(each, "id"))
                .distinct()
                .toList();
        if (ids.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "there is no " + kind.noun + " with the name or id " + nameOrId,
                    "see: " + kind.program + " " + kind.noun + " list");
        }
        if (ids.size() > 1) {
            throw new CommandFailure(
                    ExitCode.CONFLICT,
                    ids.size() + " " + kind.list + " are called " + nameOrId,
                    "name one by its id: " + String.join(", ", ids));
        }
        return ids.getFirst();
    }

    private static List<JsonNode> all(ApiClient api, Kind kind, String nameOrId) {
        return switch (kind) {
            case FLAVOR -> Json.list(api.get("/v2.1/flavors/detail"), kind.list);
            case IMAGE -> Json.list(ImageCommand.all(api), kind.list);
            case SERVER -> servers(api);
            case SERVER_GROUP -> serverGroups(api);
            case NETWORK, PORT ->
                Json.list(api.get("/network/v2.0/" + kind.list + "?name=" + ApiClient.escaped(nameOrId)), kind.list);
        };
    }

    /** An operator names what others own; an owner, whom that is not permitted, names what is theirs. */
    static List<JsonNode> servers(ApiClient api) {
        try {
            return Json.list(api.get("/v2.1/servers/detail?all_tenants=1"), "servers");
        } catch (CommandFailure e) {
            if (e.code() != ExitCode.NOT_PERMITTED) {
                throw e;
            }
            return Json.list(api.get("/v2.1/servers/detail"), "servers");
        }
    }

    /** The controller answers whoever is no administrator with their own. */
    private static List<JsonNode> serverGroups(ApiClient api) {
        return Json.list(api.get("/v2.1/os-server-groups?all_projects=1"), "server_groups");
    }
}
