import { Controller, Get, Inject } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { type Db, DB } from './database-module.ts';
import { profiles, users } from './schema.ts';

@Controller('people')
export class PeopleController {
  constructor(@Inject(DB) private readonly db: Db) {}

  @Get()
  list() {
    const { email, mobile, disabledAt } = users;
    return this.db
      .select({ email, mobile, disabledAt, department: profiles.department })
      .from(users)
      .leftJoin(profiles, eq(profiles.userId, users.id))
      .orderBy(email);
  }
}
