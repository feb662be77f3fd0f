// Acme, and two people who have been there for years. Their password comes from the environment.
import { client } from './database.ts';
import { hash } from './password.ts';

const passwordHash = await hash(process.env.SEED_PASSWORD ?? '');
const emailVerifiedAt = new Date('2024-05-06T07:08:09Z');
await client.organisation.create({
  data: {
    name: 'Acme',
    users: {
      create: [
        {
          email: 'grace@acme.example',
          firstName: 'Grace',
          lastName: 'Hopper',
          passwordHash,
          emailVerifiedAt,
        },
        { email: 'alan@acme.example', firstName: 'Alan', lastName: 'Turing', passwordHash },
      ],
    },
  },
});
await client.$disconnect();
