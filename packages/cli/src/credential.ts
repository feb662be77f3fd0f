// RFC 7644 §2: what a connection sends as Authorization, from where its secret is; and how a shell would say it.
import { type Authorization, basicPassword, bearerToken, clientCredentials } from 'scimkit/client';
import type { ProfileAuthentication } from './profiles.ts';
import { rememberSecret, secretReader, shellText } from './secret.ts';

/** A credential: to be sent, and to be written down without its secret. */
export interface Credential {
  readonly authorization: Authorization;
  /** The scheme's name in the header: "Bearer", "Basic". */
  readonly scheme: 'Bearer' | 'Basic';
  /** An argument for curl, quoted for a shell, with variables and commands in place of secrets. */
  readonly curl: string;
  /** What somebody who pastes that line has to know. */
  readonly note?: string;
  /** Where a secret is sent besides the base URL. */
  readonly tokenUrl?: string;
}

/** A text within double quotes of a shell, as it is. */
const quoted = (text: string): string => text.replace(/[\\"$`]/g, '\\$&');

/** The credential that a profile, or the environment, tells of. The secret is asked for when it is first needed. */
export function credentialOf(authentication: ProfileAuthentication): Credential {
  const credential = build(authentication);
  const { authorization } = credential;
  return {
    ...credential,
    authorization: {
      ...authorization,
      async header(context) {
        const header = await authorization.header(context);
        rememberSecret(header.slice(header.indexOf(' ') + 1));
        return header;
      },
    },
  };
}

function build(authentication: ProfileAuthentication): Credential {
  switch (authentication.scheme) {
    case 'bearer': {
      const { token } = authentication;
      return {
        authorization: bearerToken(secretReader(token)),
        scheme: 'Bearer',
        curl: `-H "Authorization: Bearer ${shellText(token)}"`,
      };
    }
    case 'basic': {
      const { username, password } = authentication;
      const read = secretReader(password);
      return {
        authorization: {
          header: async (context) => basicPassword({ username, password: await read() }).header(context),
        },
        scheme: 'Basic',
        curl: `-u "${quoted(username)}:${shellText(password)}"`,
      };
    }
    case 'clientCredentials': {
      const { tokenUrl, clientId, clientSecret, scope, send = 'basic' } = authentication;
      const read = secretReader(clientSecret);
      let made: Authorization | undefined;
      return {
        authorization: {
          async header(context) {
            made ??= clientCredentials({
              ...{ tokenUrl, clientId, clientSecret: await read(), authentication: send },
              ...(scope !== undefined && { scope }),
            });
            return made.header(context);
          },
          refused: (header) => made?.refused?.(header) ?? false,
        },
        scheme: 'Bearer',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's.
        curl: '-H "Authorization: Bearer ${SCIM_ACCESS_TOKEN}"',
        note: `SCIM_ACCESS_TOKEN: an access token of ${tokenUrl} for the client ${clientId}`,
        tokenUrl,
      };
    }
  }
}
