/**
 * Keystone's API, version 3, under {@code /identity}, for the clients that know nothing else.
 *
 * <p>It translates between Keystone's bodies and the words of {@code io.holdfast.identity}, where everything is decided. Users, projects,
 * domains and roles are an administrator's to change; everybody may look at what is their own, change their password, and make
 * application credentials.
 *
 * <p>Every controller answers everything: nobody has to lead for somebody to log in.
 *
 * <p>What it refuses to do: groups, federation, trusts, second factors, scopes of the whole system.
 */
@NullMarked
package io.holdfast.api.keystone;

import org.jspecify.annotations.NullMarked;
